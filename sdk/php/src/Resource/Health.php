<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Exception\ServiceUnavailableException;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Health as HealthModel;

/** Whether the server is well. */
final class Health
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    public function live(?float $timeoutSeconds = null, ?int $maxRetries = null): HealthModel
    {
        return $this->http->call(new Outgoing(
            'GET',
            '/health/live',
            isPublic: true,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), HealthModel::from(...));
    }

    /** @throws ServiceUnavailableException while its database cannot be reached, after the retries */
    public function ready(?float $timeoutSeconds = null, ?int $maxRetries = null): HealthModel
    {
        return $this->http->call(new Outgoing(
            'GET',
            '/health/ready',
            isPublic: true,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), HealthModel::from(...));
    }
}
