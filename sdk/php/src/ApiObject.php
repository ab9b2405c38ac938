<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Time;

/**
 * A part of a response. Its properties have the names of the API, and `json_encode` returns its JSON. A
 * requested secret can be read, but does not show in dumps.
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
