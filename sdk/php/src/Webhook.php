<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Event\EventBody;
use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;
use Comserv\Internal\SignedRequest;

/** The receiver's side of webhooks; needs no client. */
final class Webhook
{
    public const TOLERANCE_SECONDS = 300;

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
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds = self::TOLERANCE_SECONDS,
        mixed $clock = null,
        mixed $acceptBodySignature = false,
    ): WebhookEvent {
        [$id, $body] = SignedRequest::authentic(
            $rawBody,
            $headers,
            $secret,
            $toleranceSeconds,
            $clock,
            $acceptBodySignature,
        );
        return WebhookEvent::of($id, self::parsed($body));
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
}
