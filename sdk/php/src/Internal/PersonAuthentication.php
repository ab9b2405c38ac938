<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Model\Token;

/**
 * An application that a person signed in to: access tokens by its refresh token (RFC 6749 §6), which changes at each
 * use. The new one is saved before it is used: until then, and for ten seconds, the server gives the same one again.
 *
 * @internal
 */
final class PersonAuthentication implements Authentication
{
    /** @var Hidden<string>|null */
    private ?Hidden $header = null;
    private float $renewAt = 0.0;

    /**
     * @param Hidden<string> $refreshToken
     * @param \Closure(Outgoing): Token $ask
     * @param \Closure(): float $clock
     */
    public function __construct(
        private readonly Credentials $credentials,
        private Hidden $refreshToken,
        private readonly \Closure $ask,
        private readonly \Closure $clock,
    ) {
    }

    public function headers(string $method): array
    {
        $now = ($this->clock)();
        $header = $this->header;
        if ($header === null || $now >= $this->renewAt) {
            $token = $this->fetched();
            $header = new Hidden("Bearer {$token->access_token}");
            $this->renewAt = floor($now) + (float) ($token->expires_in - TokenAuthentication::REFRESHED_EARLY_SECONDS);
            $this->header = $header;
        }
        return ['authorization' => $header->reveal()];
    }

    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        if ($status !== 401) {
            return false;
        }
        $this->header = null;
        return true;
    }

    /** @param \Closure(Outgoing): void $send */
    public function signOut(\Closure $send): void
    {
        $token = $this->refreshToken->reveal();
        if ($token !== '') {
            $form = ['token' => $token, ...$this->credentials->form()];
            $send(new Outgoing('POST', '/api/v1/oauth/revoke', form: $form, isPublic: true));
        }
        $this->refreshToken = new Hidden('');
        $this->header = null;
        if ($this->credentials->saveRefreshToken !== null) {
            ($this->credentials->saveRefreshToken)(null);
        }
    }

    private function fetched(): Token
    {
        $current = $this->refreshToken->reveal();
        if ($current === '') {
            throw new ConfigurationException('The person has signed out of this client; sign in with a new one.');
        }
        $form = ['grant_type' => 'refresh_token', 'refresh_token' => $current, ...$this->credentials->form()];
        $token = ($this->ask)(new Outgoing('POST', '/api/v1/oauth/token', form: $form, isPublic: true));
        TokenAuthentication::check($token);
        $next = $token->refresh_token ?? '';
        if (Credentials::isSendable($next) && $next !== $current) {
            if ($this->credentials->saveRefreshToken !== null) {
                ($this->credentials->saveRefreshToken)($next);
            }
            $this->refreshToken = new Hidden($next);
        }
        return $token;
    }
}
