<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ApiException;
use Comserv\Model\Token;

/**
 * OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched when it is needed.
 *
 * @internal
 */
final class TokenAuthentication implements Authentication
{
    public const REFRESHED_EARLY_SECONDS = 60;

    /** @var Hidden<string>|null */
    private ?Hidden $header = null;
    private float $renewAt = 0.0;
    private bool $isRefused = false;

    /**
     * @param \Closure(Outgoing): Token $ask
     * @param \Closure(): float $clock
     * @param StoredToken|null $stored where other processes find the token
     */
    public function __construct(
        private readonly Credentials $credentials,
        private readonly \Closure $ask,
        private readonly \Closure $clock,
        private readonly ?StoredToken $stored,
    ) {
    }

    public function headers(string $method): array
    {
        $now = ($this->clock)();
        $header = $this->header;
        if ($header === null || $now >= $this->renewAt) {
            // After a 401 the stored token is not trusted either.
            $known = $this->isRefused ? null : $this->stored?->read($now);
            [$token, $renewAt] = $known ?? $this->fetched($now);
            $header = new Hidden("Bearer {$token}");
            [$this->header, $this->renewAt, $this->isRefused] = [$header, (float) $renewAt, false];
        }
        return ['authorization' => $header->reveal()];
    }

    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        if ($status !== 401) {
            return false;
        }
        $this->header = null;
        $this->isRefused = true;
        return true;
    }

    /** @throws ApiException that names the wrong field, and never repeats its value */
    public static function check(Token $token): void
    {
        $wrong = match (true) {
            !Credentials::isSendable($token->access_token) =>
                'access_token should be a string of visible ASCII characters',
            strtolower($token->token_type) !== 'bearer' => "token_type should be 'Bearer'",
            $token->expires_in <= 0 => 'expires_in should be a positive integer',
            default => null,
        };
        if ($wrong !== null) {
            $response = $token->response;
            throw Refusal::unexpectedAnswer($response->status, $response->headers, "the field {$wrong}.");
        }
    }

    /** @return array{string, int} the token, and when to renew it */
    private function fetched(float $now): array
    {
        $token = ($this->ask)(new Outgoing('POST', '/api/v1/oauth/token', form: $this->form(), isPublic: true));
        self::check($token);
        $renewAt = (int) floor($now) + $token->expires_in - self::REFRESHED_EARLY_SECONDS;
        $this->stored?->write($token->access_token, $renewAt, $now);
        return [$token->access_token, $renewAt];
    }

    /** @return array<string, string> */
    private function form(): array
    {
        $scope = $this->credentials->scope;
        return ['grant_type' => 'client_credentials', ...$this->credentials->form()]
            + ($scope === null ? [] : ['scope' => $scope]);
    }
}
