<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 404: there is no such record, or the caller may not see it. */
final class ResourceNotFoundException extends ApiException
{
}
