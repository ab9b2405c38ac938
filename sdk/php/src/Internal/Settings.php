<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Token\TokenStore;
use Comserv\Transport\CurlTransport;
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
        public readonly ?TokenStore $tokenStore,
    ) {
    }

    /** @throws ConfigurationException */
    public static function checkedBaseUrl(mixed $given): string
    {
        $text = is_string($given) ? trim($given) : '';
        // It replaces what no address contains.
        $url = preg_match('/[\x00-\x20\x7f\\\\]/', $text) === 1 ? false : parse_url($text);
        $scheme = strtolower($url['scheme'] ?? '');
        $host = self::asciiHost($url['host'] ?? '');
        if ($url === false || !self::isHost($host) || !in_array($scheme, ['http', 'https'], true)) {
            throw new ConfigurationException(
                'baseUrl must be the address of the server, such as https://comserv.example.org.',
            );
        }
        if (isset($url['user']) || isset($url['pass'])) {
            throw new ConfigurationException('baseUrl must not contain a user name or password.');
        }
        if (isset($url['query']) || isset($url['fragment'])) {
            throw new ConfigurationException('baseUrl must not contain a query (?) or a fragment (#).');
        }
        $port = isset($url['port']) ? ":{$url['port']}" : '';
        $path = preg_replace('~/api/v1$~D', '', rtrim($url['path'] ?? '', '/'));
        return "{$scheme}://{$host}{$port}{$path}";
    }

    /** @throws ConfigurationException */
    public static function checkedTimeout(mixed $timeoutSeconds): float
    {
        if (is_numeric($timeoutSeconds) && (float) $timeoutSeconds > 0.0) {
            return (float) $timeoutSeconds;
        }
        throw new ConfigurationException('timeoutSeconds must be a number above 0; INF means no limit.');
    }

    /** @throws ConfigurationException */
    public static function checkedRetries(mixed $maxRetries): int
    {
        if ((is_int($maxRetries) && $maxRetries >= 0) || (is_string($maxRetries) && ctype_digit($maxRetries))) {
            return (int) $maxRetries;
        }
        throw new ConfigurationException('maxRetries must be 0 or a positive integer.');
    }

    /** @throws ConfigurationException */
    public static function checkedTransport(mixed $transport): Transport
    {
        return match (true) {
            $transport === null => new CurlTransport(),
            $transport instanceof Transport => $transport,
            default => throw new ConfigurationException(
                'transport must be a Comserv\Transport\Transport, such as Psr18Transport around a PSR-18 client.',
            ),
        };
    }

    /** An address of IPv6 has brackets, and nothing else has brackets or colons. */
    private static function isHost(string $host): bool
    {
        return str_starts_with($host, '[') && str_ends_with($host, ']')
            ? filter_var(substr($host, 1, -1), FILTER_VALIDATE_IP, FILTER_FLAG_IPV6) !== false
            : $host !== '' && strpbrk($host, '[]:') === false;
    }

    /** Names of other scripts as DNS knows them; curl converts them only in some locales. */
    private static function asciiHost(string $host): string
    {
        if (preg_match('/[\x80-\xff]/', $host) !== 1) {
            return $host;
        }
        $ascii = function_exists('idn_to_ascii') ? idn_to_ascii($host) : false;
        return is_string($ascii) ? $ascii : throw new ConfigurationException(
            'baseUrl must have its host in ASCII (xn--…), or ext-intl be installed.',
        );
    }
}
