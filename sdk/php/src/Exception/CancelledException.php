<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;

/** The program gave the call up. The request may have been done, or not; it is not sent again. */
final class CancelledException extends \RuntimeException implements ComservException
{
    public function __construct(string $message)
    {
        parent::__construct($message);
        Trace::dropArguments($this);
    }
}
