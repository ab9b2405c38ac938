<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * A value that shows in no dump, export, cast or JSON of an object that holds it. Private properties and closures do
 * not hide: `var_dump`, `print_r`, `var_export` and `(array)` go through them. So the value is kept beside the object,
 * and goes with it.
 *
 * @template T
 *
 * @internal
 */
final class Hidden
{
    /** @var \WeakMap<object, mixed>|null */
    private static ?\WeakMap $values = null;

    /** @param T $value */
    public function __construct(#[\SensitiveParameter] mixed $value)
    {
        self::$values ??= new \WeakMap();
        self::$values[$this] = $value;
    }

    /** @return T */
    public function reveal(): mixed
    {
        /** @var T */
        return self::$values[$this] ?? null;
    }

    public function __serialize(): never
    {
        throw new ConfigurationException('What holds a secret cannot be serialized.');
    }

    private function __clone(): void
    {
    }
}
