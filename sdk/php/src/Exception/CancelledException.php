<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;

/** The program cancelled the call. The request may or may not have been processed; it is not retried. */
final class CancelledException extends \RuntimeException implements ComservException
{
    public function __construct(string $message)
    {
        parent::__construct($message);
        Trace::dropArguments($this);
    }
}
