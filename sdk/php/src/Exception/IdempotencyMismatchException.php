<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 422: the idempotency key came with another request before. */
final class IdempotencyMismatchException extends ApiException
{
}
