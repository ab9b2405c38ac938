<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;

/** The data of an event whose type is newer than this package. */
final class OtherEventData extends ApiObject
{
    /** @param array<string, mixed> $fields */
    public function __construct(public readonly array $fields)
    {
    }

    /** @return array<string, mixed> */
    public function jsonSerialize(): array
    {
        return $this->fields;
    }
}
