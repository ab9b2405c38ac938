<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Request\Objects;

/** @internal */
final class Json
{
    private const BYTE_ORDER_MARK = "\xEF\xBB\xBF";
    private const DEPTH_MAX = 512;
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
        | JSON_PRESERVE_ZERO_FRACTION;

    /**
     * The body of a request. Every body is an object, even an empty one.
     *
     * @param array<array-key, mixed> $body
     */
    public static function encode(#[\SensitiveParameter] array $body): string
    {
        try {
            return (string) json_encode((object) self::prepared($body), self::FLAGS);
        } catch (\JsonException $exception) {
            throw new ConfigurationException("This cannot be sent as JSON: {$exception->getMessage()}.");
        }
    }

    /** @return mixed null if the text is not JSON */
    public static function decode(string $text): mixed
    {
        try {
            $plain = str_starts_with($text, self::BYTE_ORDER_MARK) ? substr($text, 3) : $text;
            return json_decode($plain, true, self::DEPTH_MAX, JSON_THROW_ON_ERROR);
        } catch (\JsonException) {
            return null;
        }
    }

    /**
     * PHP writes an empty object and an empty list alike; the name of the field decides.
     *
     * @param array<array-key, mixed> $values
     * @return array<array-key, mixed>
     */
    private static function prepared(#[\SensitiveParameter] array $values, int $depth = 1): array
    {
        if ($depth > self::DEPTH_MAX) {
            throw new ConfigurationException(
                'This cannot be sent as JSON: an array is nested too deeply, or contains itself by reference.',
            );
        }
        foreach ($values as $name => $value) {
            if ($value instanceof \DateTimeInterface) {
                $values[$name] = Time::format($value);
            } elseif ($value === [] && in_array($name, Objects::FIELDS, true)) {
                $values[$name] = new \stdClass();
            } elseif (is_array($value)) {
                $values[$name] = self::prepared($value, $depth + 1);
            }
        }
        return $values;
    }
}
