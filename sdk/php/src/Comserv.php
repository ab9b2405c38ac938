<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;
use Comserv\Internal\Arguments;
use Comserv\Internal\Credentials;
use Comserv\Internal\Http;
use Comserv\Internal\Login;
use Comserv\Internal\Retry;
use Comserv\Internal\Settings;
use Comserv\Internal\StoredToken;
use Comserv\Resource\Resources;
use Comserv\Token\TokenStore;
use Comserv\Transport\Transport;
use Psr\SimpleCache\CacheInterface;

/**
 * A client of one Comserv server. Create one and reuse it: its token is fetched once for all calls.
 *
 *     $comserv = new Comserv('https://comserv.example.org', clientId: $id, clientSecret: $secret);
 *     foreach ($comserv->users->list(['role' => 'editor']) as $user) {
 *         echo $user->email, "\n";
 *     }
 */
final class Comserv extends Resources implements \JsonSerializable
{
    public const VERSION = '0.1.0';
    private const TIMEOUT_SECONDS = 30.0;

    public readonly string $baseUrl;
    private readonly string $authentication;
    private readonly Http $http;

    /**
     * With `clientId` and `clientSecret` it uses OAuth 2.0: a token is fetched, kept and renewed. With `apiKey` it
     * sends the client secret itself. With `session: true` it acts as the person who signs in with
     * `$comserv->session->signIn()`, and keeps the cookie of the session.
     *
     * @param string $baseUrl the address of the server, such as `https://comserv.example.org`
     * @param string|null $apiKey
     * @param string|null $clientId
     * @param string|null $clientSecret
     * @param string|null $scope what the tokens shall open, space-separated; everything that the credential may do
     *     unless given
     * @param bool $session
     * @param float $timeoutSeconds timeout of one attempt, up to the complete response
     * @param int $maxRetries retries after a temporary failure
     * @param Transport|null $transport replaces ext-curl
     * @param (\Closure(): float)|null $clock the current time in seconds since 1970; for tests
     * @param (\Closure(): float)|null $random from 0 to 1; for tests
     * @param (\Closure(float): void)|null $sleep waits this many seconds; for tests
     * @param TokenStore|CacheInterface|null $tokenStore keeps the token for other processes: a PSR-16 cache, or a
     *     store of `Comserv\Token`
     * @param string|null $refreshToken with `clientId`: an application that a person signed in to; it changes at each
     *     use
     * @param (\Closure(string|null): mixed)|null $saveRefreshToken called with each new refresh token, which replaces
     *     the one before it; with null after `signOut`
     * @throws ConfigurationException
     */
    public function __construct(
        // PHP would convert other values, or throw a TypeError.
        mixed $baseUrl,
        #[\SensitiveParameter] mixed $apiKey = null,
        #[\SensitiveParameter] mixed $clientId = null,
        #[\SensitiveParameter] mixed $clientSecret = null,
        mixed $scope = null,
        mixed $session = false,
        mixed $timeoutSeconds = self::TIMEOUT_SECONDS,
        mixed $maxRetries = Retry::RETRIES_DEFAULT,
        mixed $transport = null,
        mixed $clock = null,
        mixed $random = null,
        mixed $sleep = null,
        mixed $tokenStore = null,
        #[\SensitiveParameter] mixed $refreshToken = null,
        mixed $saveRefreshToken = null,
    ) {
        $credentials = $refreshToken === null
            ? Credentials::of($apiKey, $clientId, $clientSecret, $scope, $session)
            : Credentials::ofPerson($clientId, $clientSecret, $refreshToken, $saveRefreshToken);
        $settings = new Settings(
            Settings::checkedBaseUrl($baseUrl),
            Settings::checkedTimeout($timeoutSeconds),
            Settings::checkedRetries($maxRetries),
            'comserv-php/' . self::VERSION,
            Settings::checkedTransport($transport),
            Arguments::numbers('clock', $clock) ?? static fn (): float => microtime(true),
            Arguments::numbers('random', $random)
                ?? static fn (): float => (float) random_int(0, 1_000_000) / 1_000_000,
            self::sleeping($sleep),
            StoredToken::checkedStore($tokenStore),
        );
        $this->http = new Http($settings, $credentials);
        parent::__construct($this->http);
        $this->baseUrl = $settings->baseUrl;
        $this->authentication = match (true) {
            $refreshToken !== null => 'person',
            $session => 'session',
            $apiKey !== null => 'apiKey',
            default => 'clientCredentials',
        };
    }

    /**
     * Signs a person in to a program of an application, such as a command line: shows a code, which the person enters
     * in a browser on any device, and waits. With `loadRefreshToken` and `saveRefreshToken` that happens once.
     *
     * @param string $baseUrl the address of the server
     * @param string $clientId of an application of the kind `native`
     * @param string|null $scope what the program asks the person for, such as `openid documents:read`
     * @param (\Closure(DeviceCode): mixed)|null $show shows the code; by default on the standard error output
     * @param (\Closure(): (string|null))|null $loadRefreshToken returns the refresh token that was saved last
     * @param (\Closure(string|null): mixed)|null $saveRefreshToken saves one, which replaces the one before it; keep it
     *     as private as a password
     * @param float $timeoutSeconds timeout of one attempt
     * @param int $maxRetries
     * @param Transport|null $transport
     * @param (\Closure(): float)|null $clock for tests
     * @param (\Closure(float): void)|null $sleep for tests
     * @throws ConfigurationException
     * @throws Exception\ApiException when the person refuses, or enters nothing within ten minutes
     */
    public static function login(
        mixed $baseUrl,
        mixed $clientId,
        mixed $scope,
        mixed $show = null,
        mixed $loadRefreshToken = null,
        mixed $saveRefreshToken = null,
        mixed $timeoutSeconds = self::TIMEOUT_SECONDS,
        mixed $maxRetries = Retry::RETRIES_DEFAULT,
        mixed $transport = null,
        mixed $clock = null,
        mixed $sleep = null,
    ): self {
        if (!is_string($scope) || preg_match('/^[\x21-\x7e][\x20-\x7e]*$/D', $scope) !== 1) {
            throw new ConfigurationException('scope must be a string of scopes, separated by spaces.');
        }
        $show = Arguments::closure('show', $show) ?? static fn (DeviceCode $code): bool => error_log((string) $code);
        $save = Arguments::closure('saveRefreshToken', $saveRefreshToken);
        $load = Arguments::closure('loadRefreshToken', $loadRefreshToken);
        $person = static fn (#[\SensitiveParameter] string $refreshToken): self => new self(
            $baseUrl,
            clientId: $clientId,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            transport: $transport,
            clock: $clock,
            sleep: $sleep,
            refreshToken: $refreshToken,
            saveRefreshToken: $save,
        );
        $login = new Login($person('none')->http, self::sleeping($sleep));
        $saved = $load === null ? null : $load();
        $refreshToken = is_string($saved) && $saved !== '' ? $login->refreshed($saved) : null;
        $refreshToken ??= $login->byDevice($scope, $show);
        if ($save !== null) {
            $save($refreshToken);
        }
        return $person($refreshToken);
    }

    /**
     * Ends the access of this application for the person, with all its tokens. Their session at the server goes on.
     * `saveRefreshToken` is called with null then.
     *
     * @throws ConfigurationException for a client that no person signed in to
     */
    public function signOut(): void
    {
        $this->http->signOut();
    }

    /**
     * The records of an extension of the server.
     *
     * @param string $name `invoices` are those of the extension of that name; others are named `EXTENSION/PLURAL`
     * @throws ConfigurationException
     */
    public function resource(mixed $name): ExtensionResource
    {
        return new ExtensionResource($this->http, $name);
    }

    /** @return \Closure(float): void */
    private static function sleeping(mixed $given): \Closure
    {
        $sleep = Arguments::closure('sleep', $given);
        return static function (float $seconds) use ($sleep): void {
            if ($sleep === null) {
                usleep(max(0, (int) ($seconds * 1_000_000)));
            } else {
                $sleep($seconds);
            }
        };
    }

    /**
     * The printable state of a client, without secrets and tokens.
     *
     * @return array{baseUrl: string, authentication: string}
     */
    public function jsonSerialize(): array
    {
        return ['baseUrl' => $this->baseUrl, 'authentication' => $this->authentication];
    }

    /** @return array{baseUrl: string, authentication: string} */
    public function __debugInfo(): array
    {
        return $this->jsonSerialize();
    }

    public function __serialize(): never
    {
        throw new ConfigurationException('A client cannot be serialized, because it holds a secret; create a new one.');
    }
}
