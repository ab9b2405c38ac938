<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** The interface of every exception of this package. */
interface ComservException extends \Throwable
{
}
