<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * Arguments of methods. PHP would convert them to the expected type, or throw a TypeError of its own: each that is
 * wrong is refused here, by its name.
 *
 * @internal
 */
final class Arguments
{
    /**
     * A path with ids and segments in it, by their names.
     *
     * @throws ConfigurationException for an id that would lead to another path
     */
    public static function path(string $pattern, mixed ...$ids): string
    {
        $parts = [];
        foreach ($ids as $name => $id) {
            $parts["{{$name}}"] = $id instanceof Segment ? $id->text : self::id((string) $name, $id);
        }
        return strtr($pattern, $parts);
    }

    /** An id from an address or a form is text. Longer numbers would not be the ones that were meant. */
    private static function id(string $name, mixed $id): string
    {
        $text = is_int($id) || is_string($id) ? (string) $id : '';
        return preg_match('/^[1-9][0-9]{0,15}$/D', $text) === 1
            ? $text
            : throw new ConfigurationException("{$name} must be a positive integer, not " . self::shown($id) . '.');
    }

    /** @throws ConfigurationException for a segment that would lead to another path */
    public static function segment(string $name, mixed $text): Segment
    {
        return is_string($text) && !in_array($text, ['', '.', '..'], true)
            ? new Segment(rawurlencode($text))
            : throw new ConfigurationException("{$name} must be a non-empty string, not " . self::shown($text) . '.');
    }

    /**
     * Filters, or the fields of a request.
     *
     * @return array<string, mixed>
     * @throws ConfigurationException
     */
    public static function named(string $name, #[\SensitiveParameter] mixed $given, string $example): array
    {
        $named = [];
        $isNamed = is_array($given);
        foreach (is_array($given) ? $given : [] as $key => $value) {
            if (is_string($key)) {
                $named[$key] = $value;
            } else {
                $isNamed = false;
            }
        }
        return $isNamed ? $named : throw new ConfigurationException(
            "{$name} must be an array by name, such as {$example}, not " . self::shown($given) . '.',
        );
    }

    /**
     * @return array<string, mixed>
     * @throws ConfigurationException
     */
    public static function fields(string $name, #[\SensitiveParameter] mixed $given): array
    {
        return self::named($name, $given, "['title' => 'News']");
    }

    /**
     * A body that may be left out.
     *
     * @return array<string, mixed>|null
     * @throws ConfigurationException
     */
    public static function optionalFields(string $name, #[\SensitiveParameter] mixed $given): ?array
    {
        return $given === null || $given === [] ? null : self::fields($name, $given);
    }

    /**
     * The items of a batch.
     *
     * @return list<mixed>
     * @throws ConfigurationException
     */
    public static function items(#[\SensitiveParameter] mixed $items): array
    {
        return is_array($items) && array_is_list($items)
            ? $items
            : throw new ConfigurationException('items must be a list of arrays, not ' . self::shown($items) . '.');
    }

    /** The error does not show the text: it may be the content of a file, with passwords. */
    public static function file(#[\SensitiveParameter] mixed $file): string
    {
        if (!is_string($file)) {
            throw new ConfigurationException(
                'file must be the content of a file, as a string, not ' . self::shown($file) . '.',
            );
        }
        $start = '(?:file:|\~?[\\\\/]|\.\.?[\\\\/]|[a-z]:[\\\\/]).*';
        $end = '.*\.(?:csv|tsv|tab|txt|json|ndjson|jsonl|xlsx?|ods)';
        if (strlen($file) <= 4096 && preg_match("~^(?:{$start}|{$end})$~Di", $file) === 1) {
            throw new ConfigurationException(
                'file must be the content of a file; this looks like the path of one: give file_get_contents(...).',
            );
        }
        return $file;
    }

    /** @throws ConfigurationException */
    public static function position(mixed $after): ?int
    {
        $text = is_int($after) || is_string($after) ? (string) $after : '';
        return match (true) {
            $after === null => null,
            preg_match('/^[0-9]{1,16}$/D', $text) === 1 => (int) $text,
            default => throw new ConfigurationException(
                "The parameter 'after' must be the id of an event, or 0 for the first one, not "
                    . self::shown($after) . '.',
            ),
        };
    }

    /** @throws ConfigurationException */
    public static function closure(string $name, mixed $given): ?\Closure
    {
        return $given === null || $given instanceof \Closure ? $given : throw new ConfigurationException(
            "{$name} must be a closure, such as fn () => …, not " . self::shown($given) . '.',
        );
    }

    /**
     * A clock, or a source of random numbers.
     *
     * @return (\Closure(): float)|null
     * @throws ConfigurationException
     */
    public static function numbers(string $name, mixed $given): ?\Closure
    {
        $closure = self::closure($name, $given);
        return $closure === null ? null : static function () use ($name, $closure): float {
            $number = $closure();
            return is_int($number) || is_float($number) ? (float) $number : throw new ConfigurationException(
                "{$name} must return a number, not " . self::shown($number) . '.',
            );
        };
    }

    /** A text such as 'false' would be true. @throws ConfigurationException */
    public static function flag(string $name, mixed $given): bool
    {
        return is_bool($given)
            ? $given
            : throw new ConfigurationException("{$name} must be true or false, not " . self::shown($given) . '.');
    }

    /** A wrong value as an error names it. Text is not repeated: it may be a secret in the wrong place. */
    public static function shown(#[\SensitiveParameter] mixed $value): string
    {
        return match (true) {
            $value === null, is_bool($value), is_int($value), is_float($value) => is_float($value) && is_nan($value)
                ? 'NAN'
                : strtolower(var_export($value, true)),
            is_string($value) => $value === '' ? 'an empty string' : 'this string',
            is_array($value) => 'this array',
            is_object($value) => 'an object of ' . get_debug_type($value),
            default => 'a ' . get_debug_type($value),
        };
    }
}
