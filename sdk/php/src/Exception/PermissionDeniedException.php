<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 403: the credentials do not allow this; `details` names the missing scope. */
final class PermissionDeniedException extends ApiException
{
}
