<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 404: there is no such resource, or none that the caller may see. */
final class ResourceNotFoundException extends ApiException
{
}
