<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ApiException;
use Comserv\Response;

use function is_array;
use function is_bool;
use function is_int;
use function is_string;

/**
 * The fields of an object in a response, read by name and type. A field that breaks the contract becomes an exception
 * that names it; unknown fields, which a newer server may send, are ignored.
 *
 * @internal
 */
final class Fields
{
    /** @param array<array-key, mixed> $values */
    public function __construct(
        private readonly array $values,
        public readonly Response $response,
        private readonly string $way = '',
    ) {
    }

    /** @throws ApiException */
    public static function of(mixed $value, Response $response): self
    {
        if (is_array($value)) {
            return new self($value, $response);
        }
        throw Refusal::unexpectedAnswer($response->status, $response->headers);
    }

    public function integer(string $name): int
    {
        $value = $this->values[$name] ?? null;
        return is_int($value) ? $value : throw $this->wrong($name, 'an integer');
    }

    public function integerOrNull(string $name): ?int
    {
        $value = $this->values[$name] ?? null;
        return $value === null || is_int($value) ? $value : throw $this->wrong($name, 'an integer');
    }

    public function number(string $name): float
    {
        return $this->numberOrNull($name) ?? throw $this->wrong($name, 'a number');
    }

    public function numberOrNull(string $name): ?float
    {
        $value = $this->values[$name] ?? null;
        if ($value !== null && !is_int($value) && !is_float($value)) {
            throw $this->wrong($name, 'a number');
        }
        return $value === null ? null : (float) $value;
    }

    public function string(string $name): string
    {
        $value = $this->values[$name] ?? null;
        return is_string($value) ? $value : throw $this->wrong($name, 'a text');
    }

    public function stringOrNull(string $name): ?string
    {
        $value = $this->values[$name] ?? null;
        return $value === null || is_string($value) ? $value : throw $this->wrong($name, 'a text');
    }

    public function boolean(string $name): bool
    {
        $value = $this->values[$name] ?? null;
        return is_bool($value) ? $value : throw $this->wrong($name, 'true or false');
    }

    public function booleanOrNull(string $name): ?bool
    {
        $value = $this->values[$name] ?? null;
        return $value === null || is_bool($value) ? $value : throw $this->wrong($name, 'true or false');
    }

    public function instant(string $name): \DateTimeImmutable
    {
        return Time::parse($this->string($name)) ?? throw $this->wrong($name, 'an instant');
    }

    public function instantOrNull(string $name): ?\DateTimeImmutable
    {
        $text = $this->stringOrNull($name);
        return $text === null ? null : (Time::parse($text) ?? throw $this->wrong($name, 'an instant'));
    }

    /**
     * An object without a schema.
     *
     * @return array<string, mixed>
     */
    public function map(string $name): array
    {
        return $this->mapOrNull($name) ?? throw $this->wrong($name, 'an object');
    }

    /** @return array<string, mixed>|null */
    public function mapOrNull(string $name): ?array
    {
        $value = $this->values[$name] ?? null;
        if ($value !== null && !is_array($value)) {
            throw $this->wrong($name, 'an object');
        }
        /** @var array<string, mixed>|null */
        return $value;
    }

    /**
     * All fields but these, as they are.
     *
     * @param list<string> $names
     * @return array<string, mixed>
     */
    public function without(array $names): array
    {
        /** @var array<string, mixed> */
        return array_diff_key($this->values, array_flip($names));
    }

    /** @return array<string, string> */
    public function texts(string $name): array
    {
        return $this->textsOrNull($name) ?? throw $this->wrong($name, 'an object');
    }

    /** @return array<string, string>|null */
    public function textsOrNull(string $name): ?array
    {
        $map = $this->mapOrNull($name);
        return $map === null ? null : array_filter($map, is_string(...));
    }

    public function object(string $name): self
    {
        return $this->objectOrNull($name) ?? throw $this->wrong($name, 'an object');
    }

    public function objectOrNull(string $name): ?self
    {
        $map = $this->mapOrNull($name);
        return $map === null ? null : new self($map, $this->response, "{$this->way}{$name}.");
    }

    /** @return list<string> */
    public function strings(string $name): array
    {
        return $this->stringsOrNull($name) ?? throw $this->wrong($name, 'a list');
    }

    /** @return list<string>|null */
    public function stringsOrNull(string $name): ?array
    {
        $map = $this->mapOrNull($name);
        return $map === null ? null : array_values(array_filter($map, is_string(...)));
    }

    /** @return list<int> */
    public function integers(string $name): array
    {
        return $this->integersOrNull($name) ?? throw $this->wrong($name, 'a list');
    }

    /** @return list<int>|null */
    public function integersOrNull(string $name): ?array
    {
        $map = $this->mapOrNull($name);
        return $map === null ? null : array_values(array_filter($map, is_int(...)));
    }

    /**
     * @template T
     * @param \Closure(self): T $from
     * @return list<T>
     */
    public function objects(string $name, \Closure $from): array
    {
        $objects = [];
        $way = "{$this->way}{$name}.";
        foreach ($this->map($name) as $value) {
            if (!is_array($value)) {
                throw $this->wrong($name, 'a list of objects');
            }
            $objects[] = $from(new self($value, $this->response, $way));
        }
        return $objects;
    }

    /**
     * @template T
     * @param \Closure(self): T $from
     * @return list<T>|null
     */
    public function objectsOrNull(string $name, \Closure $from): ?array
    {
        return $this->mapOrNull($name) === null ? null : $this->objects($name, $from);
    }

    /**
     * @template T
     * @param \Closure(self): T $from
     * @return T|null
     */
    public function optional(string $name, \Closure $from): mixed
    {
        $fields = $this->objectOrNull($name);
        return $fields === null ? null : $from($fields);
    }

    private function wrong(string $name, string $wanted): ApiException
    {
        $more = "the field {$this->way}{$name} should be {$wanted}.";
        return Refusal::unexpectedAnswer($this->response->status, $this->response->headers, $more);
    }
}
