<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Time;

/**
 * Something that the server answered. Its properties have the names of the API, and `json_encode` gives its JSON. A
 * secret that it was asked for is there to be read, but shows in no dump.
 */
abstract class ApiObject implements \JsonSerializable
{
    private const SECRETS = ['client_secret', 'secret', 'access_token', 'csrf_token'];

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

    /** @return array<array-key, mixed> */
    public function __debugInfo(): array
    {
        $shown = get_object_vars($this);
        foreach (array_intersect(self::SECRETS, array_keys($shown)) as $name) {
            $shown[$name] = '(hidden)';
        }
        return $shown;
    }
}
