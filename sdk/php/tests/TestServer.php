<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Transport\Transport;

/** A server of the rig's: a fresh database, and a clock that stands still until it is moved. */
final class TestServer
{
    private function __construct(public readonly int $number, public readonly string $url, private float $now)
    {
    }

    /** @param array<string, string> $env settings of the server */
    public static function start(array $env = []): self
    {
        ['server' => $number, 'url' => $url] = Rig::do('server/start', ['env' => (object) $env]);
        $server = new self($number, $url, 0.0);
        $server->advance(0.0);
        return $server;
    }

    /** @return array{id: int, client_id: string, client_secret: string} */
    public function credential(string $scopes): array
    {
        /** @var array{id: int, client_id: string, client_secret: string} */
        return Rig::do('server/credential', ['server' => $this->number, 'scopes' => $scopes]);
    }

    /** @return array{username: string, password: string} what somebody new signs in with */
    public function person(string $role): array
    {
        $person = Rig::do('server/person', ['server' => $this->number, 'role' => $role]);
        return ['username' => (string) $person['username'], 'password' => (string) $person['password']];
    }

    /**
     * @param array{username: string, password: string} $person
     *
     * @return int the id of a new application, which the person allowed to act for them
     */
    public function allow(array $person): int
    {
        return Rig::do('server/allow', ['server' => $this->number] + $person)['id'];
    }

    /** A client with an API key. */
    public function client(string $scopes = 'admin', ?Transport $transport = null): Comserv
    {
        $key = $this->credential($scopes)['client_secret'];
        return new Comserv($this->url, apiKey: $key, transport: $transport, clock: $this->now(...));
    }

    public function now(): float
    {
        return $this->now;
    }

    public function advance(float $seconds): void
    {
        $input = ['server' => $this->number, 'ms' => (int) round($seconds * 1_000)];
        $this->now = Rig::do('server/advance', $input)['now_ms'] / 1_000;
    }

    /** Moves the clock to the machine's. */
    public function present(): void
    {
        $this->now = Rig::do('server/present', ['server' => $this->number])['now_ms'] / 1_000;
    }

    /** @return list<string> the types of the events since the last time */
    public function newEvents(): array
    {
        return Rig::do('server/events', ['server' => $this->number])['types'];
    }

    /** @param array{username: string} $person who allows or denies a device */
    public function pressDevice(array $person, string $userCode, string $decision = 'allow'): void
    {
        Rig::do('server/press-device', [
            'server' => $this->number,
            'username' => $person['username'],
            'user_code' => $userCode,
            'decision' => $decision,
        ]);
    }

    public function deliver(): void
    {
        Rig::do('server/deliver', ['server' => $this->number]);
    }

    /** Writes the requests so far to the request log. */
    public function logRequests(): void
    {
        Rig::do('server/log-requests', ['server' => $this->number]);
    }
}
