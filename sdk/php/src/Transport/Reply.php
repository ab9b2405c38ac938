<?php

declare(strict_types=1);

namespace Comserv\Transport;

/** What a server answered to one attempt. */
final class Reply
{
    /** @var array<string, string> with names in small letters, and without cookies, which belong to nobody but a browser */
    public readonly array $headers;

    /**
     * @param array<string, string> $headers
     * @param string|iterable<string> $body its text, or its parts as they come
     */
    public function __construct(
        public readonly int $status,
        array $headers,
        public readonly string|iterable $body,
    ) {
        $lowered = array_change_key_case($headers, CASE_LOWER);
        unset($lowered['set-cookie']);
        $this->headers = $lowered;
    }

    public function text(): string
    {
        if (is_string($this->body)) {
            return $this->body;
        }
        $text = '';
        foreach ($this->body as $part) {
            $text .= $part;
        }
        return $text;
    }
}
