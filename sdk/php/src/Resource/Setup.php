<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Session;
use Comserv\Model\SetupState;
use Comserv\Request\Shapes;

/**
 * The first administrator, made once with the token of the link that the server prints.
 *
 * @phpstan-import-type Setup from Shapes as Administrator
 */
final class Setup
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    public function get(?float $timeoutSeconds = null, ?int $maxRetries = null): SetupState
    {
        return $this->http->call(new Outgoing(
            'GET',
            '/api/v1/setup',
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isPublic: true,
        ), SetupState::from(...));
    }

    /**
     * Makes the administrator, and signs in.
     *
     * @param Administrator $administrator
     */
    public function create(
        #[\SensitiveParameter] array $administrator,
        ?float $timeoutSeconds = null,
        int $maxRetries = 0,
    ): Session {
        return $this->http->signedIn(new Outgoing(
            'POST',
            '/api/v1/setup',
            json: $administrator,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isPublic: true,
        ));
    }
}
