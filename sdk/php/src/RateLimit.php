<?php

declare(strict_types=1);

namespace Comserv;

use function ctype_digit;
use function strlen;

/** The caller's rate limit after a request, from the headers `X-RateLimit-*`. */
final class RateLimit
{
    private const DIGITS_MAX = 12;

    /**
     * @param int $limit Requests allowed in a window of 60 s.
     * @param int $remaining Requests left in this window.
     * @param \DateTimeImmutable $resetAt When the next window begins.
     */
    public function __construct(
        public readonly int $limit,
        public readonly int $remaining,
        public readonly \DateTimeImmutable $resetAt,
    ) {
    }

    /**
     * @param array<string, string> $headers with lower-case names
     * @return self|null null if the response has no such headers, as under /health
     *
     * @internal
     */
    public static function of(array $headers): ?self
    {
        $limit = self::count($headers['x-ratelimit-limit'] ?? '');
        $remaining = self::count($headers['x-ratelimit-remaining'] ?? '');
        $resetSeconds = self::count($headers['x-ratelimit-reset'] ?? '');
        if ($limit === null || $remaining === null || $resetSeconds === null) {
            return null;
        }
        $resetAt = \DateTimeImmutable::createFromFormat('U', (string) $resetSeconds);
        return $resetAt === false ? null : new self($limit, $remaining, $resetAt);
    }

    private static function count(string $text): ?int
    {
        return ctype_digit($text) && strlen($text) <= self::DIGITS_MAX ? (int) $text : null;
    }
}
