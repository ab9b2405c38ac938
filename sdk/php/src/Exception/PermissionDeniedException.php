<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 403: the credentials do not allow this; `details` names the scope that is missing. */
final class PermissionDeniedException extends ApiException
{
}
