<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Internal\Hidden;

/** The response to one attempt. */
final class Reply
{
    /** @var array<string, string> with lower-case names, and without cookies */
    public readonly array $headers;
    /** @var Hidden<string>|null */
    private readonly ?Hidden $cookies;

    /**
     * @param array<string, string> $headers those of one name joined with a comma, also `Set-Cookie`
     * @param string|iterable<string> $body its text, or its parts as they come
     */
    public function __construct(
        public readonly int $status,
        #[\SensitiveParameter] array $headers,
        public readonly string|iterable $body,
    ) {
        $lowered = array_change_key_case($headers, CASE_LOWER);
        $this->cookies = isset($lowered['set-cookie']) ? new Hidden($lowered['set-cookie']) : null;
        unset($lowered['set-cookie']);
        $this->headers = $lowered;
    }

    /**
     * The cookies it sets.
     *
     * @internal
     */
    public function cookies(): ?string
    {
        return $this->cookies?->reveal();
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
