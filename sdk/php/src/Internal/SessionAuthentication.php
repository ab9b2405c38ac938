<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Model\Session;
use Comserv\Transport\Reply;

/**
 * A person who signed in: the cookie says who calls, and is kept here as a browser would keep it. A change also carries
 * the CSRF token, which the server answers at sign-in and at `GET /session`.
 *
 * @internal
 */
final class SessionAuthentication implements Authentication
{
    private const SAFE_METHODS = ['GET', 'HEAD'];
    /** Over plain http a browser drops the first, which the server sends all the same. */
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

    /** Whoever signed in anew by other means has another session than the one that the token here belongs to. */
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
            // What the caller asked for was refused; that is what the caller shall read.
            return false;
        }
    }

    /**
     * Takes the cookie that an answer sets. Signing out sets an empty one.
     *
     * @throws ConfigurationException where the server gives none to an address such as this
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
            throw new ConfigurationException('The server keeps sessions to https; use its https address as baseUrl.');
        }
    }

    public function rememberCsrfToken(#[\SensitiveParameter] ?string $token): void
    {
        $this->csrfToken = $token === null ? null : new Hidden($token);
    }

    private function readCsrfToken(): string
    {
        $token = ($this->ask)()->csrf_token;
        $this->rememberCsrfToken($token);
        return $token;
    }
}
