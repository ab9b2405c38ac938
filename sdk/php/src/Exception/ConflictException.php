<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 409: a username or email is taken, or a request with the same idempotency key is still in progress. */
final class ConflictException extends ApiException
{
}
