<?php

declare(strict_types=1);

namespace Comserv;

/** The numbers of succeeded and failed items of a batch. */
final class BatchMeta extends ApiObject
{
    public function __construct(public readonly int $succeeded, public readonly int $failed)
    {
    }
}
