<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Transport\Reply;

/**
 * A sign-in that waits for its second step. Its cookie comes with the refusal of the password alone, and is sent with
 * the public requests that finish the sign-in.
 *
 * @internal
 */
final class SignInStep implements Authentication
{
    private readonly string $cookieName;
    /** @var Hidden<string>|null */
    private ?Hidden $cookie = null;

    public function __construct(string $baseUrl)
    {
        $this->cookieName = str_starts_with($baseUrl, 'https:') ? '__Host-comserv_sign_in' : 'comserv_sign_in';
    }

    public function headers(string $method): array
    {
        return $this->cookie === null ? [] : ['cookie' => $this->cookie->reveal()];
    }

    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        return false;
    }

    /** Stores the cookie that a response sets. The end of the sign-in sets an empty one. */
    public function learn(Reply $reply): void
    {
        $match = [];
        $pattern = "/(?:^|,)\\s*{$this->cookieName}=([^;,\\s]*)/";
        if (preg_match($pattern, $reply->cookies() ?? '', $match) === 1) {
            $value = $match[1] ?? '';
            $this->cookie = $value === '' ? null : new Hidden("{$this->cookieName}={$value}");
        }
    }
}
