<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;

/**
 * The metadata of a response: `$document->response`, `$page->response`.
 *
 * @property-read RateLimit|null $rateLimit The rate limit after it; null where nothing is counted.
 */
final class Response
{
    /**
     * @param array<string, string> $headers All but cookies, with lower-case names.
     * @param string|null $etag Of a single resource; `update` and `delete` take it as `ifMatch`.
     * @param string|null $requestId Identifies the request in the server's log.
     */
    private function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly ?string $etag,
        public readonly ?string $requestId,
    ) {
    }

    /**
     * @param array<string, string> $headers with lower-case names
     *
     * @internal
     */
    public static function of(int $status, array $headers): self
    {
        return new self(
            $status,
            $headers,
            $headers['etag'] ?? null,
            $headers['x-request-id'] ?? null,
        );
    }

    /** Parsed on demand: few callers need it. */
    public function __get(string $name): ?RateLimit
    {
        return $name === 'rateLimit'
            ? RateLimit::of($this->headers)
            : throw new ConfigurationException("A response has no property {$name}.");
    }

    public function __isset(string $name): bool
    {
        return $name === 'rateLimit' && RateLimit::of($this->headers) !== null;
    }

    /** The value of a header, whatever the case of its name. */
    public function header(string $name): ?string
    {
        return $this->headers[strtolower($name)] ?? null;
    }
}
