<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;

/** The client was created or called with invalid arguments; nothing was sent. */
final class ConfigurationException extends \InvalidArgumentException implements ComservException
{
    public function __construct(string $message)
    {
        parent::__construct($message);
        Trace::dropArguments($this);
    }
}
