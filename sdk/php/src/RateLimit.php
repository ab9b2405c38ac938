<?php

declare(strict_types=1);

namespace Comserv;

/** Where the caller stands after a request, from the headers `X-RateLimit-*`. */
final class RateLimit
{
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
     * @param array<string, string> $headers with names in small letters
     * @return self|null null when the answer has no such figures, as under /health
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
        return new self($limit, $remaining, new \DateTimeImmutable("@{$resetSeconds}"));
    }

    private static function count(string $text): ?int
    {
        return preg_match('/^\d{1,12}$/D', $text) === 1 ? (int) $text : null;
    }
}
