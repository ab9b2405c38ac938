<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 413. */
final class PayloadTooLargeException extends ApiException
{
}
