<?php

declare(strict_types=1);

namespace Comserv\Token;

use Comserv\Exception\ConfigurationException;
use Comserv\Internal\Arguments;
use Psr\SimpleCache\CacheInterface;

/** A store in a PSR-16 cache, which processes share. */
final class CacheTokenStore implements TokenStore
{
    private readonly CacheInterface $cache;

    /**
     * @param CacheInterface $cache
     * @throws ConfigurationException
     */
    public function __construct(mixed $cache)
    {
        $this->cache = self::checkedCache($cache);
    }

    private static function checkedCache(mixed $cache): CacheInterface
    {
        return $cache instanceof CacheInterface
            ? $cache
            : throw new ConfigurationException('cache must be a PSR-16 cache, not ' . Arguments::shown($cache) . '.');
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
