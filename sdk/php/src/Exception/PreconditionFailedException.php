<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 412: the record has changed since the `etag` in `ifMatch`; read it again and retry. */
final class PreconditionFailedException extends ApiException
{
}
