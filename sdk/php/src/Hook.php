<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;
use Comserv\Internal\SignedRequest;

/** The receiver's side of hooks; needs no client. */
final class Hook
{
    /**
     * Verifies that the request was sent by the server that knows the secret, and returns what the hook is called
     * about.
     *
     * @param string $rawBody the bytes as they arrived (`file_get_contents('php://input')`); parsing and serializing
     *     changes them
     * @param array<array-key, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 request
     * @param string $secret as shown when the hook was created
     * @param int $toleranceSeconds allowed clock difference and age of a call
     * @param (\Closure(): float)|null $clock the current time in seconds since 1970; for tests
     * @throws WebhookVerificationException whose `check` says which check failed
     * @throws ConfigurationException for a parsed body or missing headers
     */
    public static function verify(
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds = Webhook::TOLERANCE_SECONDS,
        mixed $clock = null,
    ): HookRequest {
        [$id, $body] = SignedRequest::authentic($rawBody, $headers, $secret, $toleranceSeconds, $clock, false);
        try {
            return HookRequest::of((string) $id, Fields::of(Json::decode($body), Response::of(200, [])));
        } catch (ApiException) {
            throw new WebhookVerificationException(
                WebhookVerificationException::BODY_MALFORMED,
                'The signature is valid, but the body is not the call of a hook.',
            );
        }
    }
}
