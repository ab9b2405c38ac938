<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Internal\Hidden;

/** One attempt, ready to send. Its headers and body hold secrets, so they do not show in dumps. */
final class Request
{
    /** @var Hidden<array{headers: array<string, string>, body: string|null}> */
    private readonly Hidden $content;

    /**
     * @param array<string, string> $headers
     * @param float $timeoutSeconds timeout up to the complete response; INF means no limit
     * @param bool $isStreamed whether the body is streamed
     */
    public function __construct(
        public readonly string $method,
        public readonly string $url,
        #[\SensitiveParameter] array $headers,
        #[\SensitiveParameter] ?string $body,
        public readonly float $timeoutSeconds,
        public readonly bool $isStreamed = false,
    ) {
        $this->content = new Hidden(['headers' => $headers, 'body' => $body]);
    }

    /** @return array<string, string> */
    public function headers(): array
    {
        return $this->content->reveal()['headers'];
    }

    public function body(): ?string
    {
        return $this->content->reveal()['body'];
    }
}
