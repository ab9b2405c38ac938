<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * Whether and when a request is retried. Pure functions: shared cases hold all client libraries to the same
 * decisions.
 *
 * @internal
 */
final class Retry
{
    public const RETRIES_DEFAULT = 2;
    private const RETRY_AFTER_MS_MAX = 60_000;
    private const DELAY_MS_MIN = 500;
    private const DELAY_MS_MAX = 8_000;

    /**
     * After a failure without a response.
     *
     * @param int $retries made before: 0 after the first attempt
     * @param float $random from 0 to 1
     * @return int at random between 0.5 s and a bound that doubles from 1 s to 8 s, so that callers do not retry
     *     together
     */
    public static function backoffMs(int $retries, float $random): int
    {
        $boundMs = min(self::DELAY_MS_MAX, 2 * self::DELAY_MS_MIN * 2 ** $retries);
        return (int) round(self::DELAY_MS_MIN + $random * ($boundMs - self::DELAY_MS_MIN));
    }

    /**
     * After a response.
     *
     * @param int $retries made before: 0 after the first attempt
     * @param float $random from 0 to 1
     * @param float $now in seconds since 1970
     * @return int|null null if it should not be retried
     */
    public static function delayMs(int $status, ?string $retryAfter, int $retries, float $random, float $now): ?int
    {
        $waitMs = self::retryAfterMs($retryAfter, $now);
        if (!self::isTransient($status, $waitMs)) {
            return null;
        }
        if ($waitMs === null) {
            return self::backoffMs($retries, $random);
        }
        // A sooner retry would fail, and the caller has not agreed to wait longer.
        return $waitMs <= self::RETRY_AFTER_MS_MAX ? $waitMs : null;
    }

    /**
     * RFC 9110 §10.2.3: seconds, or a date.
     *
     * @param float $now in seconds since 1970
     * @return int|null null if it is missing or invalid
     */
    public static function retryAfterMs(?string $header, float $now): ?int
    {
        $text = trim($header ?? '');
        if (ctype_digit($text)) {
            return (int) min((int) $text, 1_000_000_000) * 1_000;
        }
        $utc = new \DateTimeZone('UTC');
        $instant = \DateTimeImmutable::createFromFormat('D, d M Y H:i:s \G\M\T', $text, $utc);
        if ($instant === false) {
            return null;
        }
        return (int) max(0, round(((float) $instant->getTimestamp() - $now) * 1_000));
    }

    /**
     * Spread over the time that the server names, so that clients do not return together when it was restarted.
     *
     * @param int $reconnects made since a stream last brought anything; after the first, the backoff applies
     * @param float $random from 0 to 1
     */
    public static function reconnectDelayMs(int $reconnects, int $retryMs, float $random): int
    {
        return $reconnects === 0
            ? (int) round($random * $retryMs)
            : self::backoffMs($reconnects - 1, $random);
    }

    public static function isTransient(int $status, ?int $waitMs = null): bool
    {
        // The only temporary conflict is a request in progress with the same idempotency key, which the server marks
        // with Retry-After.
        if ($status === 409) {
            return $waitMs !== null;
        }
        return $status === 408 || $status === 429 || $status >= 500;
    }
}
