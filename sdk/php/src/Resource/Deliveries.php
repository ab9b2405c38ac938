<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Delivery;
use Comserv\Model\DeliveryOutcomes;
use Comserv\Model\DeliveryWithAttempts;
use Comserv\Request\Shapes;

/**
 * Scopes `webhooks:read` and `webhooks:write`. The deliveries of one webhook are listed by `webhooks->deliveries`.
 *
 * @phpstan-import-type GetDeliveryOutcomesQuery from Shapes
 */
final class Deliveries
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /** With every attempt. */
    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): DeliveryWithAttempts
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/deliveries/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), DeliveryWithAttempts::from(...));
    }

    /** Sends the same event and body again, signed with the current secret. */
    public function resend(
        int $id,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Delivery {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/deliveries/%d/resend', $id),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Delivery::from(...));
    }

    /**
     * How attempts ended, per hour or day: of one webhook (`webhook_id`), or of all that you may see.
     *
     * @param GetDeliveryOutcomesQuery $query
     */
    public function outcomes(
        array $query = [],
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): DeliveryOutcomes {
        return $this->http->call(new Outgoing(
            'GET',
            '/api/v1/delivery-outcomes',
            query: $query,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), DeliveryOutcomes::from(...));
    }
}
