<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Event\EventBody;
use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Internal\Arguments;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;

/** The receiver's side of webhooks; needs no client. */
final class Webhook
{
    public const TOLERANCE_SECONDS = 300;
    private const KEY_PREFIX = 'whsec_';
    private const PUBLIC_KEY_PREFIX = 'whpk_';
    private const PUBLIC_KEY_BYTES = 32;
    private const SIGNATURE_BYTES = 64;

    /**
     * Verifies that the request was sent by the server that knows the secret, and returns the event.
     *
     * `webhook-signature` (Standard Webhooks) covers id, time and body; one matching signature is enough, because
     * during a rotation the server signs with the old and the new secret. `X-Webhook-Signature` must be accepted
     * explicitly; otherwise removing the better signature would be enough to replay a delivery.
     *
     * The body of a webhook with `format: cloudevents` is returned as the same event as any other.
     *
     * @param string $rawBody the bytes as they arrived (`file_get_contents('php://input')`); parsing and serializing
     *     changes them
     * @param array<array-key, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 request
     * @param string $secret as shown when the webhook was created, or one of its `public_keys` (`whpk_…`)
     * @param int $toleranceSeconds allowed clock difference and age of a delivery
     * @param (\Closure(): float)|null $clock the current time in seconds since 1970; for tests
     * @param bool $acceptBodySignature accepts `X-Webhook-Signature` if `webhook-signature` is absent. It covers the
     *     body alone, so a recorded delivery can be replayed forever, and the event has no id
     * @throws WebhookVerificationException whose `check` says which check failed
     * @throws ConfigurationException for a parsed body or missing headers, and for a public key without sodium
     */
    public static function verify(
        // PHP converts almost any value to a string, and an unset variable to ''.
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds = self::TOLERANCE_SECONDS,
        mixed $clock = null,
        mixed $acceptBodySignature = false,
    ): WebhookEvent {
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
            return WebhookEvent::of(null, self::parsed($body));
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
        return WebhookEvent::of($id, self::parsed($body));
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

    /**
     * Standard Webhooks keys the HMAC with the decoded bytes; any other secret is used as text. Read before anything
     * is compared: a missing or truncated secret must not become a key that can be guessed.
     */
    private static function standardKey(#[\SensitiveParameter] mixed $secret): string
    {
        if (!is_string($secret) || trim($secret) === '') {
            throw self::malformedSecret('The secret must be a string; it is missing or empty.');
        }
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

    private static function parsed(string $body): EventBody
    {
        try {
            return EventBody::from(Fields::of(self::standard(Json::decode($body)), Response::of(200, [])));
        } catch (ApiException) {
            throw new WebhookVerificationException(
                WebhookVerificationException::BODY_MALFORMED,
                'The signature is valid, but the body is not an event.',
            );
        }
    }

    /** A CloudEvent as the same event in the standard format. */
    private static function standard(mixed $body): mixed
    {
        if (!is_array($body) || !isset($body['specversion'])) {
            return $body;
        }
        $data = $body['data'] ?? null;
        $previous = is_array($data) ? $data['previous'] ?? null : null;
        if (is_array($data)) {
            unset($data['previous']);
        }
        return [
            'event' => $body['type'] ?? null,
            'timestamp' => $body['time'] ?? null,
            'data' => $data,
            'previous' => $previous,
        ];
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
