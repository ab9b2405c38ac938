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

    /**
     * @param 'GET'|'POST'|'PUT'|'PATCH'|'DELETE' $method
     * @param array<string, mixed> $query
     * @param array<array-key, mixed>|null $json sent as JSON
     * @param array<string, string>|null $form sent as application/x-www-form-urlencoded
     * @param string|null $file sent as it is
     * @param bool $isPublic whether the endpoint is public, so that no credentials are sent
     */
    public function __construct(
        public readonly string $method,
        public readonly string $path,
        public readonly array $query = [],
        #[\SensitiveParameter] ?array $json = null,
        #[\SensitiveParameter] ?array $form = null,
        #[\SensitiveParameter] ?string $file = null,
        public readonly string $accept = 'application/json',
        public readonly ?string $idempotencyKey = null,
        public readonly ?string $ifMatch = null,
        public readonly ?float $timeoutSeconds = null,
        public readonly ?int $maxRetries = null,
        public readonly bool $isPublic = false,
        public readonly bool $isStreamed = false,
    ) {
        self::requireNames($query, "The filters must be an array by name, such as ['limit' => 10].");
        self::requireNames($json ?? [], "The fields must be an array by name, such as ['title' => 'News'].");
        $this->json = $json === null ? null : new Hidden($json);
        $this->form = $form === null ? null : new Hidden($form);
        $this->file = $file === null ? null : new Hidden(self::content($file));
    }

    /** @param array<array-key, mixed> $given */
    private static function requireNames(#[\SensitiveParameter] array $given, string $why): void
    {
        foreach (array_keys($given) as $name) {
            if (!is_string($name)) {
                throw new ConfigurationException($why);
            }
        }
    }

    /** The error does not show the text: it may be the content of a file, with passwords. */
    private static function content(#[\SensitiveParameter] string $file): string
    {
        $start = '(?:file:|\~?[\\\\/]|\.\.?[\\\\/]|[a-z]:[\\\\/]).*';
        $end = '.*\.(?:csv|tsv|tab|txt|json|ndjson|jsonl|xlsx?|ods)';
        $path = "~^(?:{$start}|{$end})$~Di";
        if (strlen($file) <= 4096 && preg_match($path, $file) === 1) {
            throw new ConfigurationException(
                'This looks like the path of a file; give its content: file_get_contents(...).',
            );
        }
        return $file;
    }

    /**
     * A path with ids in it, one for each `%d`, and segments, one for each `%s`.
     *
     * @throws ConfigurationException for an invalid id
     */
    public static function path(string $pattern, int|string ...$ids): string
    {
        foreach ($ids as $id) {
            if (is_int($id) && $id < 0) {
                throw new ConfigurationException("An id must be a positive integer, not {$id}.");
            }
        }
        return sprintf($pattern, ...$ids);
    }

    /** @throws ConfigurationException for a segment that would lead to another path */
    public static function segment(string $text): string
    {
        return in_array($text, ['', '.', '..'], true)
            ? throw new ConfigurationException('A path segment must be a non-empty string.')
            : rawurlencode($text);
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
     * Lists become text, for the parameters that take several values.
     *
     * @param array<string, mixed> $query
     * @return array<string, mixed>
     * @throws ConfigurationException
     */
    public static function withoutLists(array $query): array
    {
        $joined = [];
        foreach ($query as $name => $value) {
            $joined[$name] = is_array($value)
                ? implode(',', array_map(fn (mixed $one): string => self::text($name, $one), $value))
                : $value;
        }
        return $joined;
    }

    private static function text(string $name, mixed $value): string
    {
        return match (true) {
            is_bool($value) => $value ? 'true' : 'false',
            $value instanceof \DateTimeInterface => Time::format($value),
            is_scalar($value) => (string) $value,
            default => throw new ConfigurationException(
                "The parameter '{$name}' must be a string, a number or a time.",
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
            $headers['idempotency-key'] = self::sendable('idempotencyKey', $this->idempotencyKey)
                ?? bin2hex(random_bytes(16));
        }
        if ($this->ifMatch !== null) {
            $headers['if-match'] = self::sendable('ifMatch', $this->ifMatch);
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
     * @return ($value is null ? null : string)
     */
    private static function sendable(string $name, ?string $value): ?string
    {
        if ($value !== null && preg_match('/^[\x20-\x7e]+$/D', $value) !== 1) {
            throw new ConfigurationException("{$name} must be a text of visible ASCII characters.");
        }
        return $value;
    }
}
