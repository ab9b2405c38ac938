<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** No answer arrived in time. The request may have been done, or not. */
final class TimeoutException extends ConnectionException
{
}
