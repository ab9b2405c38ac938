<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;
use Comserv\Token\CacheTokenStore;
use Comserv\Token\TokenStore;
use Psr\SimpleCache\CacheInterface;

/**
 * The token of one client in a store. Name and signature come from the client secret: who does not know it finds no
 * token there, and can plant none. A store that fails, or holds anything else, is passed over: the token is fetched.
 *
 * @internal
 */
final class StoredToken
{
    private const PREFIX = 'comserv.token.';
    /** PSR-16 caches take names of up to 64 characters. */
    private const NAME_DIGITS = 40;

    /** @var Hidden<string> */
    private readonly Hidden $secret;
    private readonly string $name;

    public function __construct(private readonly TokenStore $store, Credentials $credentials, string $baseUrl)
    {
        ['client_id' => $id] = $client = $credentials->form();
        $secret = $client['client_secret'] ?? '';
        $scopes = array_unique(array_filter(explode(' ', $credentials->scope ?? '')));
        sort($scopes);
        $this->secret = new Hidden($secret);
        $whose = hash_hmac('sha256', implode("\n", ['name', $baseUrl, $id, implode(' ', $scopes)]), $secret);
        $this->name = self::PREFIX . substr($whose, 0, self::NAME_DIGITS);
    }

    /** @throws ConfigurationException */
    public static function checkedStore(mixed $store): ?TokenStore
    {
        return match (true) {
            $store === null, $store instanceof TokenStore => $store,
            $store instanceof CacheInterface => new CacheTokenStore($store),
            default => throw new ConfigurationException('tokenStore must be a TokenStore or a PSR-16 cache.'),
        };
    }

    /** @return array{string, int}|null the token, and when to renew it, in seconds since 1970 */
    public function read(float $now): ?array
    {
        try {
            $entry = $this->store->read($this->name) ?? '';
        } catch (ConfigurationException $exception) {
            throw $exception;
        } catch (\Throwable) {
            return null;
        }
        $parts = [];
        if (preg_match('/^([0-9a-f]{64}) (\d{1,12}) ([\x21-\x7e]+)$/D', $entry, $parts) !== 1) {
            return null;
        }
        [$signature, $renewAt, $token] = [$parts[1] ?? '', $parts[2] ?? '', $parts[3] ?? ''];
        $isOurs = hash_equals($this->signature($token, $renewAt), $signature);
        $until = (int) $renewAt;
        return $isOurs && (float) $until > $now ? [$token, $until] : null;
    }

    public function write(#[\SensitiveParameter] string $token, int $renewAt, float $now): void
    {
        $seconds = $renewAt - (int) ceil($now);
        if ($seconds <= 0) {
            return;
        }
        try {
            $signature = $this->signature($token, (string) $renewAt);
            $this->store->write($this->name, "{$signature} {$renewAt} {$token}", $seconds);
        } catch (ConfigurationException $exception) {
            throw $exception;
        } catch (\Throwable) {
            return;
        }
    }

    private function signature(#[\SensitiveParameter] string $token, string $renewAt): string
    {
        $content = implode("\n", ['entry', $this->name, $renewAt, $token]);
        return hash_hmac('sha256', $content, $this->secret->reveal());
    }
}
