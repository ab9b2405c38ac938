<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Transport\Transport;

/**
 * The options of a client that are not secret, validated and complete.
 *
 * @internal
 */
final class Settings
{
    /**
     * @param \Closure(): float $clock the current time in seconds since 1970
     * @param \Closure(): float $random from 0 to 1
     * @param \Closure(float): void $sleep waits this many seconds
     */
    public function __construct(
        public readonly string $baseUrl,
        public readonly float $timeoutSeconds,
        public readonly int $maxRetries,
        public readonly string $userAgent,
        public readonly Transport $transport,
        public readonly \Closure $clock,
        public readonly \Closure $random,
        public readonly \Closure $sleep,
    ) {
    }

    /** @throws ConfigurationException */
    public static function checkedBaseUrl(string $text): string
    {
        $url = parse_url($text);
        $scheme = strtolower($url['scheme'] ?? '');
        $host = $url['host'] ?? '';
        if ($url === false || $host === '' || !in_array($scheme, ['http', 'https'], true)) {
            throw new ConfigurationException(
                'baseUrl must be the address of the server, such as https://comserv.example.org.',
            );
        }
        if (isset($url['user']) || isset($url['pass'])) {
            throw new ConfigurationException('baseUrl must not contain a user name or password.');
        }
        $port = isset($url['port']) ? ":{$url['port']}" : '';
        $path = preg_replace('~/api/v1$~D', '', rtrim($url['path'] ?? '', '/'));
        return "{$scheme}://{$host}{$port}{$path}";
    }

    /** @throws ConfigurationException */
    public static function checkedTimeout(float $timeoutSeconds): float
    {
        if ($timeoutSeconds > 0.0) {
            return $timeoutSeconds;
        }
        throw new ConfigurationException('timeoutSeconds must be a number above 0; INF means no limit.');
    }

    /** @throws ConfigurationException */
    public static function checkedRetries(int $maxRetries): int
    {
        if ($maxRetries >= 0) {
            return $maxRetries;
        }
        throw new ConfigurationException('maxRetries must be 0 or a positive integer.');
    }
}
