<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Exception\WebhookVerificationException;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Delivery;
use Comserv\Model\DeliveryWithAttempts;
use Comserv\Model\Recovered;
use Comserv\Model\Webhook as WebhookModel;
use Comserv\Model\WebhookWithSecret;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;
use Comserv\Webhook;
use Comserv\WebhookEvent;

/**
 * Scopes `webhooks:read` and `webhooks:write`.
 *
 * @phpstan-import-type ListDeliveriesQuery from Shapes
 * @phpstan-import-type ListWebhooksQuery from Shapes
 * @phpstan-import-type Recover from Shapes
 * @phpstan-import-type SecretRotate from Shapes
 * @phpstan-import-type WebhookCreate from Shapes
 * @phpstan-import-type WebhookUpdate from Shapes
 */
final class Webhooks
{
    /**
     * @param \Closure(): float $clock
     *
     * @internal
     */
    public function __construct(private readonly Http $http, private readonly \Closure $clock)
    {
    }

    /**
     * Whether what arrived is from this server, and what it says; the same as `Webhook::verify`.
     *
     * @param string $rawBody the bytes as they arrived (`file_get_contents('php://input')`)
     * @param array<array-key, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 request
     * @param string $secret as it was shown when the webhook was made
     * @throws WebhookVerificationException whose `check` says which check failed
     */
    public function verify(
        string $rawBody,
        array $headers,
        #[\SensitiveParameter] string $secret,
        int $toleranceSeconds = Webhook::TOLERANCE_SECONDS,
        bool $acceptBodySignature = false,
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

    /**
     * @param ListWebhooksQuery $query
     * @return Page<WebhookModel>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/webhooks', $query, WebhookModel::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): WebhookModel
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/webhooks/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), WebhookModel::from(...));
    }

    /**
     * The only answer, besides that of `rotateSecret`, that shows the secret.
     *
     * @param WebhookCreate $webhook
     */
    public function create(
        #[\SensitiveParameter] array $webhook,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): WebhookWithSecret {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/webhooks',
            json: $webhook,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), WebhookWithSecret::from(...));
    }

    /** @param WebhookUpdate $change */
    public function update(
        int $id,
        #[\SensitiveParameter] array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): WebhookModel {
        return $this->http->call(new Outgoing(
            'PATCH',
            Outgoing::path('/api/v1/webhooks/%d', $id),
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), WebhookModel::from(...));
    }

    public function delete(
        int $id,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path('/api/v1/webhooks/%d', $id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    /**
     * A new secret; the old one signs beside it for `overlap_hours`, 24 unless given.
     *
     * @param SecretRotate $rotation
     */
    public function rotateSecret(
        int $id,
        #[\SensitiveParameter] array $rotation = [],
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): WebhookWithSecret {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/webhooks/%d/rotate-secret', $id),
            json: $rotation,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), WebhookWithSecret::from(...));
    }

    /** Sends a signed `ping` now, and answers what became of it. */
    public function test(
        int $id,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): DeliveryWithAttempts {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/webhooks/%d/test', $id),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), DeliveryWithAttempts::from(...));
    }

    /**
     * @param ListDeliveriesQuery $query
     * @return Page<Delivery>
     */
    public function deliveries(int $id, array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list(
            Outgoing::path('/api/v1/webhooks/%d/deliveries', $id),
            $query,
            Delivery::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Sends again what failed since an instant, a batch a call: call again while `remaining` is above 0.
     *
     * @param Recover $since
     */
    public function recover(
        int $id,
        array $since,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Recovered {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/webhooks/%d/recover', $id),
            json: $since,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Recovered::from(...));
    }
}
