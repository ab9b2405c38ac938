<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 405. */
final class MethodNotAllowedException extends ApiException
{
}
