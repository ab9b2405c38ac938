<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Transport\Transport;

/** Writes down how long a client was to wait, and moves the server's clock instead. */
final class Waiting
{
    /** @var list<float> */
    public array $seconds = [];

    public function __construct(private readonly ?TestServer $server = null)
    {
    }

    public function client(
        string $url,
        string $apiKey = 'key',
        ?Transport $transport = null,
        float $timeoutSeconds = 30.0,
        int $maxRetries = 2,
    ): Comserv {
        return new Comserv(
            $url,
            apiKey: $apiKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            transport: $transport,
            clock: fn (): float => $this->server?->now() ?? microtime(true),
            random: static fn (): float => 0.5,
            sleep: function (float $seconds): void {
                $this->seconds[] = $seconds;
                $this->server?->advance($seconds);
            },
        );
    }
}
