<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * A value that does not show in a dump, export, cast or JSON of the object that holds it. Private properties and
 * closures do not hide: `var_dump`, `print_r`, `var_export` and `(array)` read them. So the value is kept outside the
 * object, with the same lifetime.
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
        throw new ConfigurationException('An object that holds a secret cannot be serialized.');
    }

    private function __clone(): void
    {
    }
}
