<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 401: the credentials are wrong, expired or revoked. */
final class AuthenticationFailedException extends ApiException
{
}
