<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * Who calls: an API key, or the id and secret of an OAuth client; without either, a person who signs in.
 *
 * @internal
 */
final class Credentials
{
    /**
     * @param Hidden<string>|null $apiKey
     * @param Hidden<array{client_id: string, client_secret: string}>|null $client
     */
    private function __construct(
        public readonly ?Hidden $apiKey,
        public readonly ?Hidden $client,
        public readonly ?string $scope,
    ) {
    }

    /** @throws ConfigurationException with what is wrong; it never repeats a secret */
    public static function of(
        #[\SensitiveParameter] mixed $apiKey,
        #[\SensitiveParameter] mixed $clientId,
        #[\SensitiveParameter] mixed $clientSecret,
        ?string $scope,
        bool $session,
    ): self {
        $isClient = $clientId !== null || $clientSecret !== null;
        if (count(array_filter([$isClient, $apiKey !== null, $session])) !== 1) {
            throw new ConfigurationException(
                'Give clientId and clientSecret, or apiKey, or session: true; one of the three.',
            );
        }
        if ($session) {
            return new self(null, null, null);
        }
        if ($apiKey !== null) {
            return new self(new Hidden(self::sendable('apiKey', $apiKey)), null, null);
        }
        $client = [
            'client_id' => self::sendable('clientId', $clientId),
            'client_secret' => self::sendable('clientSecret', $clientSecret),
        ];
        return new self(null, new Hidden($client), $scope);
    }

    /**
     * The fields that name the client in a form.
     *
     * @return array{client_id: string, client_secret: string}
     * @throws ConfigurationException for a client with an API key
     */
    public function form(): array
    {
        return $this->client?->reveal()
            ?? throw new ConfigurationException('The OAuth calls need a client with clientId and clientSecret.');
    }

    /**
     * A line break in a header would begin another one.
     *
     * @throws ConfigurationException for anything but a text
     */
    public static function sendable(string $name, #[\SensitiveParameter] mixed $value): string
    {
        if (is_string($value) && preg_match('/^[\x21-\x7e]+$/D', $value) === 1) {
            return $value;
        }
        throw new ConfigurationException(
            "{$name} must be a text of visible ASCII characters; perhaps it is missing, or ends with a line break.",
        );
    }
}
