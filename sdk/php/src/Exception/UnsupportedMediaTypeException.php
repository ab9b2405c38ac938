<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 415. */
final class UnsupportedMediaTypeException extends ApiException
{
}
