<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Transport\CurlTransport;
use Comserv\Transport\Reply;
use Comserv\Transport\Request;
use Comserv\Transport\Transport;

/** The transport that programs use, writing down what went over it. */
final class RecordingTransport implements Transport
{
    /** @var list<array{method: string, path: string, query: string, headers: array<string, string>, status: int}> */
    public array $seen = [];

    /** @param (\Closure(Request): void)|null $before told of a request before it is sent; it may throw instead */
    public function __construct(
        private readonly Transport $transport = new CurlTransport(),
        private readonly ?\Closure $before = null,
    ) {
    }

    public function send(Request $request): Reply
    {
        if ($this->before !== null) {
            ($this->before)($request);
        }
        $reply = $this->transport->send($request);
        $this->seen[] = [
            'method' => $request->method,
            'path' => (string) parse_url($request->url, PHP_URL_PATH),
            'query' => (string) parse_url($request->url, PHP_URL_QUERY),
            'headers' => $request->headers(),
            'status' => $reply->status,
        ];
        return $reply;
    }

    /** @return list<array{method: string, path: string, query: string, headers: array<string, string>, status: int}> */
    public function of(string $path): array
    {
        return array_values(array_filter($this->seen, static fn (array $one): bool => $one['path'] === $path));
    }
}
