<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * A text, encoded for a path.
 *
 * @internal
 */
final class Segment
{
    public function __construct(public readonly string $text)
    {
    }
}
