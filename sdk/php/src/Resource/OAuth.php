<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Credentials;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\Introspection;
use Comserv\Model\Token;
use Comserv\Response;

/**
 * The calls of OAuth itself. None is needed to use the API: a client with `clientId` and `clientSecret` gets and renews
 * its own tokens. These are for programs that hand tokens on, or are handed them.
 */
final class OAuth
{
    /** @internal */
    public function __construct(private readonly Http $http, private readonly Credentials $credentials)
    {
    }

    /**
     * A token apart from the client's own.
     *
     * @param string|null $scope what it shall open, space-separated
     */
    public function createToken(
        ?string $scope = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Token {
        $form = ['grant_type' => 'client_credentials'] + ($scope === null ? [] : ['scope' => $scope]);
        $outgoing = $this->question('/api/v1/oauth/token', $form, $timeoutSeconds, $maxRetries);
        return $this->http->call($outgoing, Token::from(...));
    }

    /**
     * RFC 7009.
     *
     * @param string $token
     */
    public function revokeToken(
        #[\SensitiveParameter] mixed $token,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        $outgoing = $this->question('/api/v1/oauth/revoke', self::about($token), $timeoutSeconds, $maxRetries);
        return $this->http->send($outgoing);
    }

    /**
     * RFC 7662: whether a token of this client works.
     *
     * @param string $token
     */
    public function introspectToken(
        #[\SensitiveParameter] mixed $token,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Introspection {
        $outgoing = $this->question('/api/v1/oauth/introspect', self::about($token), $timeoutSeconds, $maxRetries);
        return $this->http->call($outgoing, Introspection::from(...));
    }

    /**
     * RFC 8414.
     *
     * @return array<string, mixed>
     */
    public function metadata(?float $timeoutSeconds = null, ?int $maxRetries = null): array
    {
        return $this->read('/.well-known/oauth-authorization-server', $timeoutSeconds, $maxRetries);
    }

    /**
     * The public keys that tokens are verified with (RFC 7517).
     *
     * @return array<string, mixed>
     */
    public function keys(?float $timeoutSeconds = null, ?int $maxRetries = null): array
    {
        return $this->read('/.well-known/jwks.json', $timeoutSeconds, $maxRetries);
    }

    /**
     * The server answers a revocation of '' or '1' as it answers any other.
     *
     * @return array{token: string}
     */
    private static function about(#[\SensitiveParameter] mixed $token): array
    {
        return ['token' => Credentials::sendable('token', $token)];
    }

    /** @param array<string, string> $form */
    private function question(
        string $path,
        #[\SensitiveParameter] array $form,
        ?float $timeoutSeconds,
        ?int $maxRetries,
    ): Outgoing {
        return new Outgoing(
            'POST',
            $path,
            form: $form + $this->credentials->form(),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isPublic: true,
        );
    }

    /** @return array<string, mixed> */
    private function read(string $path, ?float $timeoutSeconds, ?int $maxRetries): array
    {
        return $this->http->map(new Outgoing(
            'GET',
            $path,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isPublic: true,
        ));
    }
}
