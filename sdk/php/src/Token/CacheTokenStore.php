<?php

declare(strict_types=1);

namespace Comserv\Token;

use Psr\SimpleCache\CacheInterface;

/** A store in a PSR-16 cache, which processes share. */
final class CacheTokenStore implements TokenStore
{
    public function __construct(private readonly CacheInterface $cache)
    {
    }

    public function read(string $name): ?string
    {
        $entry = $this->cache->get($name);
        return is_string($entry) ? $entry : null;
    }

    public function write(string $name, #[\SensitiveParameter] string $entry, int $seconds): void
    {
        $this->cache->set($name, $entry, $seconds);
    }
}
