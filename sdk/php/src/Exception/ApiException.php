<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;
use Comserv\RateLimit;

/**
 * The server refused. There is one class for each code of an error, all of them subclasses of this one, which also
 * stands for codes that are newer than this package, and, with the code `unexpected_answer`, for what is not the API's
 * at all.
 */
class ApiException extends \RuntimeException implements ComservException
{
    /**
     * @param int $status The HTTP status, which `getCode()` gives as well.
     * @param string $errorCode The code of the error, to branch on.
     * @param string $details One sentence on what is wrong in this request, and what to do.
     * @param string|null $requestId Names the request in the server's log.
     * @param int|null $retryAfterSeconds When the server welcomes the next attempt, where it said so.
     */
    final public function __construct(
        public readonly int $status,
        public readonly string $errorCode,
        string $message,
        public readonly string $details,
        public readonly ?string $requestId = null,
        public readonly ?RateLimit $rateLimit = null,
        public readonly ?int $retryAfterSeconds = null,
    ) {
        parent::__construct($message, $status);
        Trace::dropArguments($this);
    }
}
