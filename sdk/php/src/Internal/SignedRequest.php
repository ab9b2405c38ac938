<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Exception\WebhookVerificationException;

/**
 * Whether a request was sent by the server that knows the secret.
 *
 * @internal
 */
final class SignedRequest
{
    private const KEY_PREFIX = 'whsec_';
    private const PUBLIC_KEY_PREFIX = 'whpk_';
    private const PUBLIC_KEY_BYTES = 32;
    private const SIGNATURE_BYTES = 64;

    /**
     * Returns the id and the body once the signature is verified. The id is null where no signature covers it.
     *
     * @return array{?string, string}
     * @throws WebhookVerificationException whose `check` says which check failed
     * @throws ConfigurationException for a parsed body or missing headers, and for a public key without sodium
     */
    public static function authentic(
        // PHP converts almost any value to a string, and an unset variable to ''.
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds,
        mixed $clock,
        mixed $acceptBodySignature,
    ): array {
        $secret = self::checkedSecret($secret);
        $key = self::standardKey($secret);
        $isPublic = str_starts_with($secret, self::PUBLIC_KEY_PREFIX);
        $body = self::checkedBody($rawBody);
        $fields = self::checkedHeaders($headers);
        $tolerance = self::checkedTolerance($toleranceSeconds);
        $now = Arguments::numbers('clock', $clock);
        $acceptsBody = Arguments::flag('acceptBodySignature', $acceptBodySignature);
        $signatures = self::header($fields, 'webhook-signature');
        // A public key must not key an HMAC, or anybody could sign.
        if ($signatures === null && $acceptsBody && !$isPublic) {
            self::requireBodySignature(self::header($fields, 'x-webhook-signature'), $body, $secret);
            return [null, $body];
        }
        $given = self::required('webhook-signature', $signatures);
        $id = self::required('webhook-id', self::header($fields, 'webhook-id'));
        $at = (int) floor($now === null ? microtime(true) : $now());
        $timestamp = self::checkedTimestamp(self::header($fields, 'webhook-timestamp'), $tolerance, $at);
        $content = "{$id}.{$timestamp}.{$body}";
        if ($isPublic) {
            self::requirePublicKeySignature($given, $content, $key);
        } else {
            self::requireStandardSignature($given, $content, $key);
        }
        return [$id, $body];
    }

    private static function requireStandardSignature(
        string $header,
        string $content,
        #[\SensitiveParameter] string $key,
    ): void {
        $wanted = 'v1,' . base64_encode(hash_hmac('sha256', $content, $key, true));
        foreach (explode(' ', $header) as $candidate) {
            if (hash_equals($wanted, $candidate)) {
                return;
            }
        }
        throw self::mismatch('webhook-signature');
    }

    private static function requirePublicKeySignature(string $header, string $content, string $publicKey): void
    {
        if (!function_exists('sodium_crypto_sign_verify_detached')) {
            throw new ConfigurationException(
                'This PHP has no sodium extension: install it, or verify with the secret (whsec_) of the webhook.',
            );
        }
        foreach (explode(' ', $header) as $candidate) {
            $encoded = str_starts_with($candidate, 'v1a,') ? substr($candidate, strlen('v1a,')) : '';
            $signature = base64_decode($encoded, true);
            if (
                is_string($signature)
                && strlen($signature) === self::SIGNATURE_BYTES
                && sodium_crypto_sign_verify_detached($signature, $content, $publicKey)
            ) {
                return;
            }
        }
        throw self::mismatch('webhook-signature');
    }

    private static function requireBodySignature(
        ?string $header,
        string $body,
        #[\SensitiveParameter] string $secret,
    ): void {
        $given = self::required('webhook-signature nor X-Webhook-Signature', $header);
        if (!hash_equals(hash_hmac('sha256', $body, $secret), strtolower($given))) {
            throw self::mismatch('X-Webhook-Signature');
        }
    }

    private static function checkedSecret(#[\SensitiveParameter] mixed $secret): string
    {
        return is_string($secret) && trim($secret) !== ''
            ? $secret
            : throw self::malformedSecret('The secret must be a string; it is missing or empty.');
    }

    /**
     * Standard Webhooks keys the HMAC with the decoded bytes; any other secret is used as text. Read before anything
     * is compared: a missing or truncated secret must not become a key that can be guessed.
     */
    private static function standardKey(#[\SensitiveParameter] string $secret): string
    {
        if (str_starts_with($secret, self::PUBLIC_KEY_PREFIX)) {
            return self::publicKey($secret);
        }
        if (!str_starts_with($secret, self::KEY_PREFIX)) {
            return $secret;
        }
        $encoded = substr($secret, strlen(self::KEY_PREFIX));
        $key = strlen($encoded) % 4 === 0 ? base64_decode($encoded, true) : false;
        if (is_string($key) && $key !== '') {
            return $key;
        }
        $prefix = self::KEY_PREFIX;
        throw self::malformedSecret(
            "A secret that begins with {$prefix} must continue in base64; this one was truncated or changed.",
        );
    }

    /** @return non-empty-string */
    private static function publicKey(string $text): string
    {
        $key = base64_decode(substr($text, strlen(self::PUBLIC_KEY_PREFIX)), true);
        if (is_string($key) && $key !== '' && strlen($key) === self::PUBLIC_KEY_BYTES) {
            return $key;
        }
        [$prefix, $bytes] = [self::PUBLIC_KEY_PREFIX, self::PUBLIC_KEY_BYTES];
        throw self::malformedSecret(
            "A key that begins with {$prefix} must continue in the base64 of {$bytes} bytes; "
            . 'this one was truncated or changed.',
        );
    }

    private static function checkedBody(mixed $rawBody): string
    {
        return is_string($rawBody)
            ? $rawBody
            : throw new ConfigurationException(
                'rawBody must be the bytes as they arrived, not a parsed value: $request->getContent() in Laravel and '
                    . "Symfony, or file_get_contents('php://input').",
            );
    }

    /** @return array<array-key, mixed> */
    private static function checkedHeaders(mixed $headers): array
    {
        return is_array($headers)
            ? $headers
            : throw new ConfigurationException(
                'headers must be the array of those of the request, not ' . Arguments::shown($headers) . '.',
            );
    }

    private static function checkedTolerance(mixed $seconds): int
    {
        return is_int($seconds) && $seconds >= 0
            ? $seconds
            : throw new ConfigurationException(
                'toleranceSeconds must be a number of seconds, 0 or more, not ' . Arguments::shown($seconds) . '.',
            );
    }

    private static function checkedTimestamp(?string $text, int $toleranceSeconds, int $now): string
    {
        $timestamp = self::required('webhook-timestamp', $text);
        if (preg_match('/^\d{1,12}$/D', $timestamp) !== 1) {
            throw new WebhookVerificationException(
                WebhookVerificationException::TIMESTAMP_MALFORMED,
                'webhook-timestamp is not a number of seconds.',
            );
        }
        $ageSeconds = $now - (int) $timestamp;
        $allowed = "more than the allowed {$toleranceSeconds} s";
        if ($ageSeconds > $toleranceSeconds) {
            throw new WebhookVerificationException(
                WebhookVerificationException::TIMESTAMP_TOO_OLD,
                "It was sent {$ageSeconds} s ago, {$allowed}.",
            );
        }
        if (-$ageSeconds > $toleranceSeconds) {
            $aheadSeconds = -$ageSeconds;
            throw new WebhookVerificationException(
                WebhookVerificationException::TIMESTAMP_TOO_NEW,
                "Its timestamp is {$aheadSeconds} s ahead, {$allowed}; compare the clocks.",
            );
        }
        return $timestamp;
    }

    /**
     * In `$_SERVER` a header is `HTTP_WEBHOOK_ID`, in PSR-7 a list of values.
     *
     * @param array<array-key, mixed> $headers
     */
    private static function header(array $headers, string $name): ?string
    {
        foreach ($headers as $given => $value) {
            $plain = str_replace('_', '-', strtolower((string) $given));
            if ($plain !== $name && $plain !== "http-{$name}") {
                continue;
            }
            if (is_array($value)) {
                return implode(' ', array_filter($value, is_string(...)));
            }
            return is_string($value) || is_int($value) ? (string) $value : null;
        }
        return null;
    }

    private static function required(string $name, ?string $value): string
    {
        return $value ?? throw new WebhookVerificationException(
            WebhookVerificationException::HEADER_MISSING,
            "There is no {$name} header.",
        );
    }

    private static function mismatch(string $name): WebhookVerificationException
    {
        return new WebhookVerificationException(
            WebhookVerificationException::SIGNATURE_MISMATCH,
            "{$name} does not match: the secret is another one, or the body is not byte for byte what was sent.",
        );
    }

    private static function malformedSecret(string $message): WebhookVerificationException
    {
        return new WebhookVerificationException(WebhookVerificationException::SECRET_MALFORMED, $message);
    }
}
