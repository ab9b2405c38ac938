<?php

declare(strict_types=1);

namespace Comserv\Tests;

/** A server that is none of ours, and answers as it is told: one reply a request, the last one for all others. */
final class Strange
{
    private function __construct(private readonly int $number, public readonly string $url)
    {
    }

    /** @param array<string, mixed> ...$replies as the rig's README describes them */
    public static function start(array ...$replies): self
    {
        $started = Rig::do('strange/start', ['replies' => $replies]);
        return new self($started['strange'], $started['url']);
    }

    /** @return list<array{method: string, url: string, headers: array<string, string>}> */
    public function requests(): array
    {
        return Rig::do('strange/requests', ['strange' => $this->number])['requests'];
    }
}
