<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\WebhookVerificationException;
use Comserv\Webhook;
use Comserv\WebhookEvent;

/** What `$comserv->webhooks` has besides its endpoints. */
abstract class VerifiesWebhooks
{
    /**
     * @param \Closure(): float $clock
     *
     * @internal
     */
    protected function __construct(private readonly \Closure $clock)
    {
    }

    /**
     * Verifies that the request is from this server, and returns the event; the same as `Webhook::verify`.
     *
     * @param string $rawBody the bytes as they arrived (`file_get_contents('php://input')`)
     * @param array<array-key, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 request
     * @param string $secret as shown when the webhook was created
     * @param int $toleranceSeconds allowed clock difference and age of a delivery
     * @param bool $acceptBodySignature accepts `X-Webhook-Signature` if `webhook-signature` is absent
     * @throws WebhookVerificationException whose `check` says which check failed
     */
    public function verify(
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds = Webhook::TOLERANCE_SECONDS,
        mixed $acceptBodySignature = false,
    ): WebhookEvent {
        return Webhook::verify(
            $rawBody,
            $headers,
            $secret,
            $toleranceSeconds,
            $this->clock,
            $acceptBodySignature,
        );
    }
}
