<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Model\Session;
use Comserv\Transport\Reply;

/**
 * A signed-in person: the cookie authenticates, and is kept as in a browser. Changes also carry the CSRF token, which
 * the server returns at sign-in and from `GET /session`.
 *
 * @internal
 */
final class SessionAuthentication implements Authentication
{
    private const SAFE_METHODS = ['GET', 'HEAD'];
    /** Over plain http browsers drop the first, which the server sends anyway. */
    private const COOKIE_OVER_HTTPS = '__Host-comserv_session';
    private const COOKIE_OVER_HTTP = 'comserv_session';

    private readonly string $cookieName;
    /** @var Hidden<string>|null */
    private ?Hidden $cookie = null;
    /** @var Hidden<string>|null */
    private ?Hidden $csrfToken = null;

    /** @param \Closure(): Session $ask who is signed in */
    public function __construct(string $baseUrl, private readonly \Closure $ask)
    {
        $isHttps = str_starts_with($baseUrl, 'https:');
        $this->cookieName = $isHttps ? self::COOKIE_OVER_HTTPS : self::COOKIE_OVER_HTTP;
    }

    public function headers(string $method): array
    {
        $isSafe = in_array($method, self::SAFE_METHODS, true);
        $csrfToken = $isSafe ? null : ($this->csrfToken?->reveal() ?? $this->readCsrfToken());
        return array_filter([
            'cookie' => $this->cookie?->reveal(),
            'x-csrf-token' => $csrfToken,
        ], is_string(...));
    }

    /** After a sign-in by other means, the session is another one than that of this token. */
    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool
    {
        if ($status === 401) {
            $this->csrfToken = null;
        }
        if ($status !== 403 || in_array($method, self::SAFE_METHODS, true)) {
            return false;
        }
        try {
            return $this->readCsrfToken() !== ($sent['x-csrf-token'] ?? null);
        } catch (ApiException | ConnectionException) {
            // The caller should see the error of its own request.
            return false;
        }
    }

    /**
     * Stores the cookie that a response sets. Signing out sets an empty one.
     *
     * @throws ConfigurationException if the server sets none for such an address
     */
    public function learn(Reply $reply): void
    {
        $lines = $reply->cookies();
        if ($lines === null) {
            return;
        }
        $match = [];
        if (preg_match("/(?:^|,)\\s*{$this->cookieName}=([^;,\\s]*)/", $lines, $match) === 1) {
            $value = $match[1] ?? '';
            $this->cookie = $value === '' ? null : new Hidden("{$this->cookieName}={$value}");
        } elseif (str_contains($lines, self::COOKIE_OVER_HTTPS)) {
            throw new ConfigurationException('The server restricts sessions to https; use an https baseUrl.');
        }
    }

    public function rememberCsrfToken(#[\SensitiveParameter] ?string $token): void
    {
        // A line break would start another header.
        $this->csrfToken = $token === null ? null : new Hidden(Credentials::sendable('csrf_token', $token));
    }

    private function readCsrfToken(): string
    {
        $token = ($this->ask)()->csrf_token;
        $this->rememberCsrfToken($token);
        return $token;
    }
}
