<?php

declare(strict_types=1);

namespace Comserv\Exception;

/** 412: the resource is not what `ifMatch` names any more; read it again and repeat. */
final class PreconditionFailedException extends ApiException
{
}
