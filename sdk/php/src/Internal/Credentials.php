<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * How the client authenticates: an API key, the id and secret of an OAuth client, or a person who signs in.
 *
 * @internal
 */
final class Credentials
{
    /**
     * @param Hidden<string>|null $apiKey
     * @param Hidden<array{client_id: string, client_secret?: string}>|null $client
     * @param Hidden<string>|null $refreshToken of a person who signed in to the application that `client` names
     * @param (\Closure(string|null): mixed)|null $saveRefreshToken
     */
    private function __construct(
        public readonly ?Hidden $apiKey,
        public readonly ?Hidden $client,
        public readonly ?string $scope,
        public readonly ?Hidden $refreshToken = null,
        public readonly ?\Closure $saveRefreshToken = null,
    ) {
    }

    /** @throws ConfigurationException without repeating a secret */
    public static function of(
        #[\SensitiveParameter] mixed $apiKey,
        #[\SensitiveParameter] mixed $clientId,
        #[\SensitiveParameter] mixed $clientSecret,
        mixed $scope,
        mixed $session,
    ): self {
        if (!is_bool($session)) {
            throw new ConfigurationException(
                'session must be true or omitted; pass name and password to session->signIn().',
            );
        }
        if ($scope !== null && (!is_string($scope) || preg_match('/^[\x20-\x7e]*$/D', $scope) !== 1)) {
            throw new ConfigurationException('scope must be a string of scopes, separated by spaces.');
        }
        $isClient = $clientId !== null || $clientSecret !== null;
        $ways = count(array_filter([$isClient, $apiKey !== null, $session]));
        if ($ways !== 1) {
            $missing = 'apiKey, clientId and clientSecret are null; an environment variable may not be set. ';
            throw new ConfigurationException(
                ($ways === 0 ? $missing : '') . 'Pass either clientId and clientSecret, or apiKey, or session: true.',
            );
        }
        if ($session) {
            return new self(null, null, null);
        }
        if ($apiKey !== null) {
            return new self(new Hidden(self::sendable('apiKey', $apiKey)), null, null);
        }
        // A missing one is not left out, as that of an application is, but named.
        $client = self::application($clientId, $clientSecret ?? '');
        return new self(null, new Hidden($client), $scope);
    }

    /** @throws ConfigurationException without repeating a secret */
    public static function ofPerson(
        mixed $clientId,
        #[\SensitiveParameter] mixed $clientSecret,
        #[\SensitiveParameter] mixed $refreshToken,
        mixed $saveRefreshToken,
    ): self {
        return new self(
            null,
            new Hidden(self::application($clientId, $clientSecret)),
            null,
            new Hidden(self::sendable('refreshToken', $refreshToken)),
            Arguments::closure('saveRefreshToken', $saveRefreshToken),
        );
    }

    /** @return array{client_id: string, client_secret?: string} only one that runs on a server has a secret */
    private static function application(mixed $clientId, #[\SensitiveParameter] mixed $clientSecret): array
    {
        $id = self::sendable('clientId', $clientId);
        return $clientSecret === null
            ? ['client_id' => $id]
            : ['client_id' => $id, 'client_secret' => self::sendable('clientSecret', $clientSecret)];
    }

    /**
     * The form fields that identify the client.
     *
     * @return array{client_id: string, client_secret?: string}
     * @throws ConfigurationException for a client with an API key
     */
    public function form(): array
    {
        return $this->client?->reveal()
            ?? throw new ConfigurationException('The OAuth calls need a client with clientId and clientSecret.');
    }

    /**
     * A line break would start another header.
     *
     * @throws ConfigurationException for anything but a string
     */
    public static function sendable(string $name, #[\SensitiveParameter] mixed $value): string
    {
        if (is_string($value) && self::isSendable($value)) {
            return $value;
        }
        throw new ConfigurationException(
            "{$name} must be a string of visible ASCII characters; it may be missing, or end with a line break.",
        );
    }

    public static function isSendable(#[\SensitiveParameter] string $value): bool
    {
        return preg_match('/^[\x21-\x7e]+$/D', $value) === 1;
    }
}
