<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * The client secret itself, as X-API-Key.
 *
 * @internal
 */
final class KeyAuthentication implements Authentication
{
    /** @param Hidden<string> $apiKey */
    public function __construct(private readonly Hidden $apiKey)
    {
    }

    public function headers(string $method): array
    {
        return ['x-api-key' => $this->apiKey->reveal()];
    }

    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        return false;
    }
}
