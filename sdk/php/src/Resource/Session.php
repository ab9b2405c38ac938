<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Session as Answer;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * Signing in and out as a person (`session: true`). Whoever signs in waits for the answer, so nothing is sent again
 * unless `maxRetries` says so: a person prefers to read that there were too many attempts.
 *
 * @phpstan-import-type SignIn from Shapes
 */
final class Session
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /** @param SignIn $person */
    public function signIn(
        #[\SensitiveParameter] array $person,
        ?float $timeoutSeconds = null,
        int $maxRetries = 0,
    ): Answer {
        return $this->http->signedIn(new Outgoing(
            'POST',
            '/api/v1/session',
            json: $person,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isPublic: true,
        ));
    }

    /** Who is signed in; AuthenticationFailedException when nobody is. */
    public function current(?float $timeoutSeconds = null, ?int $maxRetries = null): Answer
    {
        return $this->http->signedIn(new Outgoing(
            'GET',
            '/api/v1/session',
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    public function signOut(?float $timeoutSeconds = null, ?int $maxRetries = null): Response
    {
        $session = $this->http->session();
        $response = $this->http->send(new Outgoing(
            'DELETE',
            '/api/v1/session',
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
        $session->rememberCsrfToken(null);
        return $response;
    }
}
