<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Model\Token;

/**
 * OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched when it is needed.
 *
 * @internal
 */
final class TokenAuthentication implements Authentication
{
    private const REFRESHED_EARLY_SECONDS = 60;

    /** @var Hidden<string>|null */
    private ?Hidden $header = null;
    private float $renewAt = 0.0;

    /**
     * @param \Closure(Outgoing): Token $ask
     * @param \Closure(): float $clock
     */
    public function __construct(
        private readonly Credentials $credentials,
        private readonly \Closure $ask,
        private readonly \Closure $clock,
    ) {
    }

    public function headers(string $method): array
    {
        $now = ($this->clock)();
        if ($this->header === null || $now >= $this->renewAt) {
            $token = ($this->ask)(new Outgoing('POST', '/api/v1/oauth/token', form: $this->form(), isPublic: true));
            $this->header = new Hidden("Bearer {$token->access_token}");
            $this->renewAt = $now + (float) ($token->expires_in - self::REFRESHED_EARLY_SECONDS);
        }
        return ['authorization' => $this->header->reveal()];
    }

    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        if ($status !== 401) {
            return false;
        }
        $this->header = null;
        return true;
    }

    /** @return array<string, string> */
    private function form(): array
    {
        $scope = $this->credentials->scope;
        return ['grant_type' => 'client_credentials', ...$this->credentials->form()]
            + ($scope === null ? [] : ['scope' => $scope]);
    }
}
