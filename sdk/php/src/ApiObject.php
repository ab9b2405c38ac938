<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Time;

/** Something that the server answered. Its properties have the names of the API, and `json_encode` gives its JSON. */
abstract class ApiObject implements \JsonSerializable
{
    /** @return array<array-key, mixed> */
    public function jsonSerialize(): array
    {
        $json = [];
        foreach (get_object_vars($this) as $name => $value) {
            if ($name !== 'response') {
                $json[$name] = $value instanceof \DateTimeInterface ? Time::format($value) : $value;
            }
        }
        return $json;
    }
}
