<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 502, 503 or 504, after all retries. */
final class ServiceUnavailableException extends ApiException
{
}
