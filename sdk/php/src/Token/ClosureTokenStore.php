<?php

declare(strict_types=1);

namespace Comserv\Token;

use Comserv\Exception\ConfigurationException;

/**
 * A store of two functions, such as those of APCu:
 *
 *     new ClosureTokenStore(
 *         read: fn (string $name) => apcu_fetch($name),
 *         write: fn (string $name, string $entry, int $seconds) => apcu_store($name, $entry, $seconds),
 *     )
 */
final class ClosureTokenStore implements TokenStore
{
    private readonly \Closure $read;
    private readonly \Closure $write;

    /**
     * @param callable(string): mixed $read anything but a string means that there is none
     * @param callable(string, string, int): mixed $write
     * @throws ConfigurationException
     */
    public function __construct(mixed $read, mixed $write)
    {
        $this->read = self::closure('read', $read);
        $this->write = self::closure('write', $write);
    }

    public function read(string $name): ?string
    {
        return self::entry(($this->read)($name));
    }

    public function write(string $name, #[\SensitiveParameter] string $entry, int $seconds): void
    {
        self::entry(($this->write)($name, $entry, $seconds));
    }

    /** A promise would never be waited for, and every page would fetch a token. */
    private static function entry(mixed $returned): ?string
    {
        if (is_object($returned) && is_callable([$returned, 'then'])) {
            throw new ConfigurationException(
                'The functions of a token store must wait for their result; they returned ' . $returned::class . '.',
            );
        }
        return is_string($returned) ? $returned : null;
    }

    private static function closure(string $name, mixed $given): \Closure
    {
        return is_callable($given)
            ? \Closure::fromCallable($given)
            : throw new ConfigurationException("{$name} must be a function.");
    }
}
