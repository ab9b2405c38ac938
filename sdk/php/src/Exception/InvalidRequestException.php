<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 400: a field or parameter is missing or wrong; `details` names it. */
final class InvalidRequestException extends ApiException
{
}
