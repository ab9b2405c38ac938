<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Event\DocumentEventData;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ConnectionException;
use PHPUnit\Framework\TestCase;

/** Event streams over what happens to them: restarts, a caller who leaves, a server that does not come back. */
final class StreamsTest extends TestCase
{
    private const CREATED = ['types' => ['document.created'], 'after' => 0];

    public function testAStreamGoesOnAfterAKillAndARestartWithoutAGapAndWithoutARepetition(): void
    {
        $product = Rig::do('process/start');
        $titles = array_map(static fn (int $n): string => "Streamed {$n}", range(1, 9));
        $seen = [];
        $restarts = 0;
        $writer = new Comserv($product['url'], apiKey: $product['client_secret']);
        $writeThree = static function () use (&$seen, $titles, $writer): void {
            foreach (array_slice($titles, count($seen), 3) as $title) {
                $writer->documents->create(['title' => $title]);
            }
        };
        $sleep = static function (float $_) use (&$restarts, $product, $writeThree): void {
            $restarts++;
            Rig::do('process/restart', ['process' => $product['process']]);
            // While nobody listens.
            $writeThree();
        };
        $comserv = new Comserv($product['url'], apiKey: $product['client_secret'], sleep: $sleep);
        $writeThree();
        $stream = $comserv->events->stream(self::CREATED);
        foreach ($stream as $event) {
            self::assertSame($event->id, $stream->position());
            $data = $event->payload->data;
            self::assertInstanceOf(DocumentEventData::class, $data);
            $seen[] = $data->title;
            if (count($seen) === count($titles)) {
                break;
            }
            if (count($seen) % 3 === 0) {
                Rig::do('process/kill', ['process' => $product['process']]);
            }
        }
        self::assertSame($titles, $seen);
        self::assertSame(2, $restarts);
    }

    public function testWhoeverLeavesTheLoopLeavesNoConnectionBehind(): void
    {
        $server = TestServer::start();
        $comserv = $server->client();
        $comserv->documents->create(['title' => 'One']);
        for ($times = 0; $times < 3; $times++) {
            foreach ($comserv->events->stream(self::CREATED) as $_) {
                Rig::do('server/streams', ['server' => $server->number, 'open' => 1]);
                break;
            }
            Rig::do('server/streams', ['server' => $server->number, 'open' => 0]);
        }
        self::assertSame(3, $times);
    }

    public function testAServerThatDoesNotComeBackEndsTheStreamAfterTheRetriesThatTheCallerAllows(): void
    {
        $product = Rig::do('process/start');
        $waited = [];
        $sleep = static function (float $seconds) use (&$waited): void {
            $waited[] = $seconds;
        };
        $comserv = new Comserv($product['url'], apiKey: $product['client_secret'], sleep: $sleep);
        $comserv->documents->create(['title' => 'Last']);
        try {
            foreach ($comserv->events->stream(self::CREATED, maxRetries: 2) as $_) {
                Rig::do('process/kill', ['process' => $product['process']]);
            }
            self::fail('The stream ended as if it were complete.');
        } catch (ConnectionException) {
            self::assertCount(2, $waited);
        }
    }

    public function testAStreamWhoseKeyIsRevokedEndsWithTheReason(): void
    {
        $server = TestServer::start();
        $comserv = $server->client();
        $comserv->documents->create(['title' => 'Before the end']);
        $key = $server->credential('read');
        $reader = new Comserv($server->url, apiKey: $key['client_secret'], sleep: static fn (float $_) => null);
        $this->expectException(AuthenticationFailedException::class);
        foreach ($reader->events->stream(self::CREATED) as $_) {
            $comserv->credentials->delete($key['id']);
        }
    }
}
