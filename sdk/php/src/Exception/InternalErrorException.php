<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 500; `requestId` finds the reason in the server’s log. */
final class InternalErrorException extends ApiException
{
}
