<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** No response arrived in time. The request may or may not have been processed. */
final class TimeoutException extends ConnectionException
{
}
