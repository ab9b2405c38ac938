<?php

declare(strict_types=1);

namespace Comserv\Token;

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
    /**
     * @param \Closure(string): mixed $read anything but a string means that there is none
     * @param \Closure(string, string, int): mixed $write
     */
    public function __construct(private readonly \Closure $read, private readonly \Closure $write)
    {
    }

    public function read(string $name): ?string
    {
        $entry = ($this->read)($name);
        return is_string($entry) ? $entry : null;
    }

    public function write(string $name, #[\SensitiveParameter] string $entry, int $seconds): void
    {
        ($this->write)($name, $entry, $seconds);
    }
}
