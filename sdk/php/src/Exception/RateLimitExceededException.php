<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 429, after all retries; `rateLimit` and `retryAfterSeconds` say when to continue. */
final class RateLimitExceededException extends ApiException
{
}
