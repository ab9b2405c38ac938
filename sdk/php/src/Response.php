<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;

/**
 * How the server answered a call; `$document->response`, `$page->response`.
 *
 * @property-read RateLimit|null $rateLimit Where the caller stands after it; null where nothing is counted.
 */
final class Response
{
    /**
     * @param array<string, string> $headers All but cookies, with names in small letters.
     * @param string|null $etag Of a single resource; `update` and `delete` take it as `ifMatch`.
     * @param string|null $requestId Names the request in the server's log.
     */
    private function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly ?string $etag,
        public readonly ?string $requestId,
    ) {
    }

    /**
     * @param array<string, string> $headers with names in small letters
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

    /** The figures are read when somebody asks: few calls do. */
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

    /** The value of a header, however its name is written. */
    public function header(string $name): ?string
    {
        return $this->headers[strtolower($name)] ?? null;
    }
}
