<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Transport\Request;
use PHPUnit\Framework\TestCase;

/** The product as a process of its own, killed while a client is in the middle of something. */
final class RestartTest extends TestCase
{
    /** @var array{process: int, url: string, client_id: string, client_secret: string} */
    private static array $process;
    private int $restarts = 0;

    public static function setUpBeforeClass(): void
    {
        self::$process = Rig::do('process/start');
    }

    private function client(string $url, ?\Closure $before = null): Comserv
    {
        return new Comserv(
            $url,
            clientId: self::$process['client_id'],
            clientSecret: self::$process['client_secret'],
            transport: new RecordingTransport(before: $before),
            sleep: function (float $_): void {
                $this->restarts++;
                Rig::do('process/restart', ['process' => self::$process['process']]);
            },
        );
    }

    public function testAPagedWalkGoesOnAfterTheServerWasKilledAndStartedAgain(): void
    {
        $comserv = $this->client(self::$process['url']);
        $wanted = array_map(static fn (int $i): string => "Page {$i}", range(1, 25));
        $items = array_map(
            static fn (string $title): array
                => ['action' => 'create', 'data' => ['title' => $title, 'category' => 'walk']],
            $wanted,
        );
        $comserv->documents->batch($items, atomic: true);
        $titles = [];
        foreach ($comserv->documents->list(['limit' => 10, 'category' => 'walk']) as $document) {
            $titles[] = $document->title;
            if (count($titles) === 10) {
                Rig::do('process/kill', ['process' => self::$process['process']]);
            }
        }
        self::assertSame(1, $this->restarts);
        self::assertSame($wanted, $titles);
    }

    public function testAPostWhoseAnswerIsLostAndWhoseServerIsKilledIsRetriedAndWritesExactlyOneRow(): void
    {
        $proxy = Rig::do('proxy/start', ['target' => self::$process['url']]);
        $posts = 0;
        $before = static function (Request $request) use (&$posts, $proxy): void {
            if ($request->method === 'POST' && str_ends_with($request->url, '/documents') && ++$posts === 1) {
                // On a connection that was open before, curl itself asks once more.
                Rig::do('proxy/lose-answers', ['proxy' => $proxy['proxy'], 'count' => 2]);
            } elseif ($posts === 2) {
                self::assertSame(1, self::rows());
            }
        };
        $comserv = new Comserv(
            $proxy['url'],
            clientId: self::$process['client_id'],
            clientSecret: self::$process['client_secret'],
            transport: new RecordingTransport(before: $before),
            sleep: function (float $_): void {
                $this->restarts++;
                Rig::do('process/kill', ['process' => self::$process['process']]);
                Rig::do('process/restart', ['process' => self::$process['process']]);
            },
        );
        $document = $comserv->documents->create(['title' => 'Survives', 'category' => 'once']);
        self::assertSame([2, 1], [$posts, $this->restarts]);
        self::assertSame('true', $document->response->header('idempotency-replayed'));
        self::assertSame(1, self::rows());
    }

    public function testAPostThatTheServerNeverSawIsWrittenOnceAfterItsRestart(): void
    {
        Rig::do('process/kill', ['process' => self::$process['process']]);
        $comserv = $this->client(self::$process['url']);
        $comserv->documents->create(['title' => 'Comes late', 'category' => 'late']);
        self::assertSame(1, $this->restarts);
        self::assertSame(1, $comserv->documents->list(['category' => 'late'])->meta->total_count);
    }

    private static function rows(): int
    {
        $comserv = new Comserv(self::$process['url'], apiKey: self::$process['client_secret']);
        return $comserv->documents->list(['category' => 'once'])->meta->total_count;
    }
}
