<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;
use Comserv\RateLimit;

/**
 * The server returned an error. Each code has a subclass; codes that are newer than this package use this class, as
 * do responses that are not from the API, with the code `unexpected_answer`.
 */
class ApiException extends \RuntimeException implements ComservException
{
    /**
     * @param int $status The HTTP status, also returned by `getCode()`.
     * @param string $errorCode The code of the error, to branch on.
     * @param string $title What the server calls the error. `getMessage()` has it too, with the details, the status,
     *     the code and the request id, because it is all that most logs keep.
     * @param string $details One sentence on what is wrong with this request, and what to do.
     * @param string|null $requestId Identifies the request in the server's log.
     * @param int|null $retryAfterSeconds When to retry, if the server said so.
     */
    final public function __construct(
        public readonly int $status,
        public readonly string $errorCode,
        public readonly string $title,
        public readonly string $details,
        public readonly ?string $requestId = null,
        public readonly ?RateLimit $rateLimit = null,
        public readonly ?int $retryAfterSeconds = null,
    ) {
        $request = $requestId === null ? '' : ", request {$requestId}";
        $more = $details === '' ? '' : ": {$details}";
        parent::__construct("{$title}{$more} ({$status} {$errorCode}{$request})", $status);
        Trace::dropArguments($this);
    }
}
