<?php

declare(strict_types=1);

namespace Comserv;

/** How many items of a batch were done, and how many were not. */
final class BatchMeta extends ApiObject
{
    public function __construct(public readonly int $succeeded, public readonly int $failed)
    {
    }
}
