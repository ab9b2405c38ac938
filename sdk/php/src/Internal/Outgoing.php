<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConfigurationException;

/**
 * A request as described by a method of the client. Its body may hold passwords, so it does not show in dumps.
 *
 * @internal
 */
final class Outgoing
{
    public const SECRET_FIELDS = ['password', 'current_password', 'new_password', 'token', 'secret'];

    /** @var Hidden<array<array-key, mixed>>|null */
    private readonly ?Hidden $json;
    /** @var Hidden<array<string, string>>|null */
    private readonly ?Hidden $form;
    /** @var Hidden<string>|null */
    private readonly ?Hidden $file;

    /** @var array<string, mixed> */
    public readonly array $query;
    public readonly ?string $idempotencyKey;
    public readonly ?string $ifMatch;
    public readonly ?float $timeoutSeconds;
    public readonly ?int $maxRetries;

    /**
     * @param 'GET'|'POST'|'PUT'|'PATCH'|'DELETE' $method
     * @param mixed $query an array by name
     * @param array<array-key, mixed>|null $json sent as JSON
     * @param array<string, string>|null $form sent as application/x-www-form-urlencoded
     * @param string|null $file sent as it is
     * @param mixed $idempotencyKey a string or null
     * @param mixed $ifMatch a string or null
     * @param mixed $timeoutSeconds a number or null
     * @param mixed $maxRetries an integer or null
     * @param bool $isPublic whether the endpoint is public, so that no credentials are sent
     * @throws ConfigurationException
     */
    public function __construct(
        public readonly string $method,
        public readonly string $path,
        mixed $query = [],
        #[\SensitiveParameter] ?array $json = null,
        #[\SensitiveParameter] ?array $form = null,
        #[\SensitiveParameter] ?string $file = null,
        public readonly string $accept = 'application/json',
        mixed $idempotencyKey = null,
        mixed $ifMatch = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
        public readonly bool $isPublic = false,
        public readonly bool $isStreamed = false,
    ) {
        $this->query = Arguments::named('query', $query, "['limit' => 10]");
        $this->json = $json === null ? null : new Hidden($json);
        $this->form = $form === null ? null : new Hidden($form);
        $this->file = $file === null ? null : new Hidden($file);
        $this->idempotencyKey = self::sendable('idempotencyKey', $idempotencyKey);
        $this->ifMatch = self::sendable('ifMatch', $ifMatch);
        $this->timeoutSeconds = $timeoutSeconds === null ? null : Settings::checkedTimeout($timeoutSeconds);
        $this->maxRetries = $maxRetries === null ? null : Settings::checkedRetries($maxRetries);
    }

    /** @return string with its question mark, or empty */
    public function queryString(): string
    {
        $given = [];
        foreach ($this->query as $name => $value) {
            if ($value === null) {
                continue;
            }
            $given[$name] = self::text($name, $value);
        }
        return $given === [] ? '' : '?' . http_build_query($given);
    }

    /**
     * The lists of those parameters that take one become text.
     *
     * @param list<string> $lists
     * @return array<string, mixed>
     * @throws ConfigurationException
     */
    public static function withTexts(mixed $query, array $lists): array
    {
        $joined = [];
        foreach (Arguments::named('query', $query, "['limit' => 10]") as $name => $value) {
            $joined[$name] = is_array($value) && in_array($name, $lists, true)
                ? implode(',', array_map(fn (mixed $one): string => self::text($name, $one), $value))
                : $value;
        }
        return $joined;
    }

    private static function text(string $name, mixed $value): string
    {
        if (is_array($value)) {
            throw new ConfigurationException(
                "The parameter '{$name}' must be one value, not an array; make a call for each value.",
            );
        }
        return match (true) {
            is_bool($value) => $value ? 'true' : 'false',
            $value instanceof \DateTimeInterface => Time::format($value),
            is_string($value), is_int($value), is_float($value) && is_finite($value) => (string) $value,
            default => throw new ConfigurationException(
                "The parameter '{$name}' must be a string, a number or a time, not " . Arguments::shown($value) . '.',
            ),
        };
    }

    /**
     * What all attempts share, the idempotency key included.
     *
     * @return array<string, string>
     */
    public function headers(string $userAgent): array
    {
        $headers = ['accept' => $this->accept, 'user-agent' => $userAgent];
        if ($this->json !== null) {
            $headers['content-type'] = 'application/json';
        } elseif ($this->form !== null) {
            $headers['content-type'] = 'application/x-www-form-urlencoded';
        } elseif ($this->file !== null) {
            $headers['content-type'] = 'application/octet-stream';
        }
        if ($this->method === 'POST') {
            $headers['idempotency-key'] = $this->idempotencyKey ?? bin2hex(random_bytes(16));
        }
        if ($this->ifMatch !== null) {
            $headers['if-match'] = $this->ifMatch;
        }
        return $headers;
    }

    public function body(): ?string
    {
        if ($this->json !== null) {
            // First: an array that contains itself would be searched for secrets forever.
            $encoded = Json::encode($this->json->reveal());
            self::checkSecrets($this->json->reveal());
            return $encoded;
        }
        return $this->form === null ? $this->file?->reveal() : http_build_query($this->form->reveal());
    }

    /**
     * Refuses invalid secrets before they are sent. In a batch they are in the items.
     *
     * @param array<array-key, mixed> $json
     */
    private static function checkSecrets(#[\SensitiveParameter] array $json): void
    {
        foreach (self::SECRET_FIELDS as $name) {
            $value = array_key_exists($name, $json) ? $json[$name] ?? null : 'not given';
            if (!is_string($value) || $value === '') {
                throw new ConfigurationException("{$name} must be a non-empty string; it may be missing.");
            }
        }
        $items = $json['items'] ?? null;
        foreach (is_array($items) ? $items : [] as $item) {
            $data = is_array($item) ? $item['data'] ?? null : null;
            if (is_array($data)) {
                self::checkSecrets($data);
            }
        }
    }

    /**
     * A line break would start another header.
     *
     * @throws ConfigurationException
     */
    private static function sendable(string $name, mixed $value): ?string
    {
        if ($value === null || (is_string($value) && preg_match('/^[\x20-\x7e]+$/D', $value) === 1)) {
            return $value;
        }
        throw new ConfigurationException(
            "{$name} must be a string of visible ASCII characters, not " . Arguments::shown($value) . '.',
        );
    }
}
