<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Credential;
use Comserv\Model\CredentialUsage;
use Comserv\Model\CredentialWithSecret;
use Comserv\Model\TotalUsage;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * Scopes `credentials:read` and `credentials:write`.
 *
 * @phpstan-import-type CredentialCreate from Shapes
 * @phpstan-import-type CredentialRotate from Shapes
 * @phpstan-import-type CredentialUpdate from Shapes
 * @phpstan-import-type GetCredentialUsageQuery from Shapes
 * @phpstan-import-type GetTotalUsageQuery from Shapes
 * @phpstan-import-type ListCredentialsQuery from Shapes
 */
final class Credentials
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * @param ListCredentialsQuery $query
     * @return Page<Credential>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/credentials', $query, Credential::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): Credential
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/credentials/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Credential::from(...));
    }

    /**
     * The only answer, besides that of `rotate`, that shows the secret.
     *
     * @param CredentialCreate $credential
     */
    public function create(
        array $credential,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): CredentialWithSecret {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/credentials',
            json: $credential,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), CredentialWithSecret::from(...));
    }

    /** @param CredentialUpdate $change */
    public function update(
        int $id,
        array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Credential {
        return $this->http->call(new Outgoing(
            'PATCH',
            Outgoing::path('/api/v1/credentials/%d', $id),
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Credential::from(...));
    }

    /** Revokes it at once, with every token that was issued from it. */
    public function delete(
        int $id,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path('/api/v1/credentials/%d', $id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    /**
     * A new secret; the old one works beside it for `grace_hours`, 24 unless given.
     *
     * @param CredentialRotate $rotation
     */
    public function rotate(
        int $id,
        array $rotation = [],
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): CredentialWithSecret {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/credentials/%d/rotate', $id),
            json: $rotation,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), CredentialWithSecret::from(...));
    }

    /**
     * Requests and errors per hour or day.
     *
     * @param GetCredentialUsageQuery $query
     */
    public function usage(
        int $id,
        array $query = [],
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): CredentialUsage {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/credentials/%d/usage', $id),
            query: $query,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), CredentialUsage::from(...));
    }

    /**
     * The same for all credentials that you may see, together; by the minute, too.
     *
     * @param GetTotalUsageQuery $query
     */
    public function totalUsage(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): TotalUsage
    {
        return $this->http->call(new Outgoing(
            'GET',
            '/api/v1/usage',
            query: $query,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), TotalUsage::from(...));
    }
}
