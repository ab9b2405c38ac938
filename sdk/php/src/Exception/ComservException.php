<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** Every exception that this package throws is one of these. */
interface ComservException extends \Throwable
{
}
