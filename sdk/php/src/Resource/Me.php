<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\ListedSession;
use Comserv\Model\User;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * The person who is signed in.
 *
 * @phpstan-import-type ListMySessionsQuery from Shapes
 * @phpstan-import-type MeUpdate from Shapes
 * @phpstan-import-type PasswordChange from Shapes
 */
final class Me
{
    private const PATH = '/api/v1/me';

    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    public function get(?float $timeoutSeconds = null, ?int $maxRetries = null): User
    {
        $outgoing = new Outgoing('GET', self::PATH, timeoutSeconds: $timeoutSeconds, maxRetries: $maxRetries);
        return $this->http->call($outgoing, User::from(...));
    }

    /**
     * Changes the fields that are given; null clears an optional one.
     *
     * @param MeUpdate $change
     */
    public function update(
        #[\SensitiveParameter] array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): User {
        return $this->http->call(new Outgoing(
            'PATCH',
            self::PATH,
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), User::from(...));
    }

    /** @param PasswordChange $change */
    public function changePassword(
        #[\SensitiveParameter] array $change,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'POST',
            self::PATH . '/password',
            json: $change,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    /**
     * Where I am signed in.
     *
     * @param ListMySessionsQuery $query
     * @return Page<ListedSession>
     */
    public function sessions(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        $path = self::PATH . '/sessions';
        return $this->http->list($path, $query, ListedSession::from(...), $timeoutSeconds, $maxRetries);
    }

    public function endSession(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): Response
    {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path(self::PATH . '/sessions/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }
}
