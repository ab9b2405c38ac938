<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;

/** No complete response arrived: refused, cut off, no such host. The request may or may not have been processed. */
class ConnectionException extends \RuntimeException implements ComservException
{
    public function __construct(string $message)
    {
        parent::__construct($message);
        Trace::dropArguments($this);
    }
}
