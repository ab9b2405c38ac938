<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 500; search the server's log for `requestId`. */
final class InternalErrorException extends ApiException
{
}
