<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 422: the idempotency key was used for another request. */
final class IdempotencyMismatchException extends ApiException
{
}
