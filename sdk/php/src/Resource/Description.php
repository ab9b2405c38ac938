<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Catalog;

/** What the server says of its API. */
final class Description
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * The OpenAPI document.
     *
     * @return array<string, mixed>
     */
    public function openApi(?float $timeoutSeconds = null, ?int $maxRetries = null): array
    {
        return $this->http->map(new Outgoing(
            'GET',
            '/api/v1/openapi.json',
            isPublic: true,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    /** Scopes, roles, event types, tiers and the other lists of this server, with its settings. */
    public function catalog(?float $timeoutSeconds = null, ?int $maxRetries = null): Catalog
    {
        return $this->http->call(new Outgoing(
            'GET',
            '/api/v1/catalog',
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Catalog::from(...));
    }
}
