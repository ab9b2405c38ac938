<?php

declare(strict_types=1);

namespace Comserv\Tests;

use PHPUnit\Framework\TestCase;

/** Processes that fork (ext-pcntl): each gets its own responses, over connections of its own. */
final class ForkingTest extends TestCase
{
    private static TestServer $server;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
    }

    public function testEveryProcessGetsItsOwnResponses(): void
    {
        ['client_id' => $id, 'client_secret' => $secret] = self::$server->credential('admin');
        self::fork(['BASE' => self::$server->url, 'KEY' => $secret]);
        self::fork(['BASE' => self::$server->url, 'ID' => $id, 'SECRET' => $secret]);
    }

    public function testOverTlsNoChildDisturbsTheConnectionOfItsParent(): void
    {
        $front = Rig::do('tls/start', ['target' => self::$server->url]);
        $trusted = Program::folder() . '/trusted.pem';
        file_put_contents($trusted, $front['certificate']);
        $key = self::$server->credential('admin')['client_secret'];
        self::fork(['BASE' => $front['url'], 'KEY' => $key, 'CA' => $trusted]);
        // One of the parent, from its first call to its last, four of its children, two of a child and its child.
        $seen = Rig::do('tls/seen', ['tls' => $front['tls']]);
        self::assertSame(['connections' => 1 + 4 + 2, 'faults' => []], $seen);
    }

    /** @param array<string, string> $env */
    private static function fork(array $env): void
    {
        $program = __DIR__ . '/forking/program.php';
        self::assertSame('done', Program::run([PHP_BINARY, $program], __DIR__, $env));
    }
}
