<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Exception\ConnectionException;
use Comserv\Exception\InvalidRequestException;
use Comserv\Exception\RateLimitExceededException;
use Comserv\Exception\ServiceUnavailableException;
use Comserv\Exception\TimeoutException;
use PHPUnit\Framework\TestCase;

final class RetriesTest extends TestCase
{
    private static TestServer $limited;
    private static TestServer $server;
    private static string $key;

    public static function setUpBeforeClass(): void
    {
        self::$limited = TestServer::start(['COMSERV_RATE_LIMIT_STANDARD' => '5']);
        self::$server = TestServer::start();
        self::$key = self::$server->credential('admin')['client_secret'];
    }

    public function testAfter429ItWaitsExactlyAsLongAsRetryAfterSaysAndGoesOn(): void
    {
        $waiting = new Waiting(self::$limited);
        $comserv = $waiting->client(self::$limited->url, self::$limited->credential('read')['client_secret']);
        foreach (range(1, 5) as $_) {
            $comserv->documents->list();
        }
        self::$limited->advance(23.0);
        $page = $comserv->documents->list();
        self::assertSame([37.0], $waiting->seconds);
        self::assertSame([5, 4], [$page->response->rateLimit?->limit, $page->response->rateLimit?->remaining]);
    }

    public function testA429AfterAllRetriesHasTheFigures(): void
    {
        $comserv = self::$limited->client('read');
        foreach (range(1, 5) as $_) {
            $comserv->documents->list();
        }
        try {
            $comserv->documents->list(maxRetries: 0);
            self::fail('The limit is 5.');
        } catch (RateLimitExceededException $exception) {
            self::assertSame('rate_limit_exceeded', $exception->errorCode);
            self::assertSame(60, $exception->retryAfterSeconds);
            self::assertSame([5, 0], [$exception->rateLimit?->limit, $exception->rateLimit?->remaining]);
            $resetAt = (float) $exception->rateLimit?->resetAt->getTimestamp();
            self::assertSame(self::$limited->now() + 60.0, $resetAt);
        }
    }

    public function testAPostWhoseAnswersAreLostTwiceIsAnsweredAtTheThirdAttemptAndWritesOneRow(): void
    {
        $proxy = Rig::do('proxy/start', ['target' => self::$server->url]);
        $waiting = new Waiting(self::$server);
        $comserv = $waiting->client($proxy['url'], self::$key);
        self::$server->newEvents();
        Rig::do('proxy/lose-answers', ['proxy' => $proxy['proxy'], 'count' => 2]);
        $document = $comserv->documents->create(['title' => 'Written once']);
        self::assertSame('true', $document->response->header('Idempotency-Replayed'));
        self::assertSame([0.75, 1.25], $waiting->seconds);
        $listed = $comserv->documents->list(['q' => 'once']);
        self::assertSame([$document->id], array_column($listed->data, 'id'));
        self::assertSame(['document.created'], self::$server->newEvents());
    }

    public function testAPostOfWhichNoAnswerComesBackAtAllIsAConnectionExceptionAfterThreeAttempts(): void
    {
        $proxy = Rig::do('proxy/start', ['target' => self::$server->url]);
        $waiting = new Waiting(self::$server);
        $comserv = $waiting->client($proxy['url'], self::$key);
        Rig::do('proxy/lose-answers', ['proxy' => $proxy['proxy'], 'count' => 3]);
        try {
            $comserv->documents->create(['title' => 'Nobody hears of it']);
            self::fail('All answers were lost.');
        } catch (ConnectionException $exception) {
            self::assertNotInstanceOf(TimeoutException::class, $exception);
        }
        self::assertCount(2, $waiting->seconds);
        self::assertSame(1, $comserv->documents->list(['q' => 'nobody hears'])->meta->total_count);
    }

    public function testTwoCallsOfCreateWriteTwoRowsAndTwoWithOneKeyOfTheirOwnWriteOne(): void
    {
        $comserv = (new Waiting(self::$server))->client(self::$server->url, self::$key);
        $comserv->documents->create(['title' => 'Twin']);
        $comserv->documents->create(['title' => 'Twin']);
        self::assertSame(2, $comserv->documents->list(['q' => 'twin'])->meta->total_count);
        $first = $comserv->documents->create(['title' => 'Single'], idempotencyKey: 'import-row-17');
        $second = $comserv->documents->create(['title' => 'Single'], idempotencyKey: 'import-row-17');
        self::assertSame($first->id, $second->id);
    }

    public function test503IsRetriedTwiceAndNoMoreAndEachAttemptCarriesTheSameKey(): void
    {
        $error = ['code' => 'service_unavailable', 'message' => 'm', 'details' => 'd'];
        $strange = Strange::start(['status' => 503, 'body' => ['error' => $error]]);
        $waiting = new Waiting();
        try {
            $waiting->client($strange->url)->users->restore(1);
            self::fail('It is unavailable.');
        } catch (ServiceUnavailableException) {
            self::assertSame([0.75, 1.25], $waiting->seconds);
        }
        $keys = array_column(array_column($strange->requests(), 'headers'), 'idempotency-key');
        self::assertCount(3, $keys);
        self::assertCount(1, array_unique($keys));
        self::assertMatchesRegularExpression('/^[0-9a-f]{32}$/', $keys[0]);
    }

    public function test400IsNotRetriedNorIsAnythingWithoutRetries(): void
    {
        $waiting = new Waiting(self::$server);
        try {
            $waiting->client(self::$server->url, self::$key)->users->list(['limit' => 101]);
            self::fail('100 are allowed.');
        } catch (InvalidRequestException) {
        }
        try {
            $waiting->client('http://127.0.0.1:1')->health->live(maxRetries: 0);
            self::fail('Nobody is there.');
        } catch (ConnectionException $exception) {
            self::assertMatchesRegularExpression('/^No response arrived: .*127\.0\.0\.1/', $exception->getMessage());
        }
        self::assertSame([], $waiting->seconds);
    }

    public function testAnAnswerThatDoesNotComeInTimeIsATimeoutExceptionAndIsRetried(): void
    {
        $strange = Strange::start(['hang' => true]);
        $waiting = new Waiting();
        $comserv = $waiting->client($strange->url, timeoutSeconds: 0.04);
        try {
            $comserv->users->get(1);
            self::fail('It never answers.');
        } catch (TimeoutException) {
            self::assertCount(2, $waiting->seconds);
        }
        $this->expectException(TimeoutException::class);
        $this->expectExceptionMessage('No complete response arrived within 0.02 s.');
        $comserv->users->get(1, timeoutSeconds: 0.02, maxRetries: 0);
    }

    public function testTheTimeLimitHoldsForTheBodyAsWellAndForAnExportItBeginsAnewWithEveryPart(): void
    {
        $line = "{\"status\":\"ok\"}\n";
        $strange = Strange::start(['parts' => array_fill(0, 12, $line), 'pause_ms' => 30]);
        $comserv = (new Waiting())->client($strange->url, timeoutSeconds: 0.2, maxRetries: 0);
        self::assertSame(str_repeat($line, 12), $comserv->users->export()->text('ndjson'));
        self::assertCount(12, [...$comserv->users->export()->stream('ndjson')]);
        $this->expectException(TimeoutException::class);
        $comserv->health->live();
    }

    public function testAnExportThatStopsOrBreaksOffEndsWithAnExceptionAndNotAsIfItWereComplete(): void
    {
        $line = "{\"id\":1}\n";
        $stops = (new Waiting())->client(
            Strange::start(['parts' => [$line], 'pause_ms' => 0, 'hang' => true])->url,
            timeoutSeconds: 0.05,
            maxRetries: 0,
        );
        $exception = self::exceptionOf(fn () => $stops->users->export()->text('ndjson'));
        self::assertInstanceOf(TimeoutException::class, $exception);
        $cut = (new Waiting())->client(Strange::start(['body' => $line, 'cut' => true])->url, maxRetries: 0);
        $exception = self::exceptionOf(fn () => $cut->users->export()->text('csv'));
        self::assertInstanceOf(ConnectionException::class, $exception);
        $half = (new Waiting())->client(Strange::start(['body' => '{"id'])->url, maxRetries: 0);
        $exception = self::exceptionOf(fn () => [...$half->users->export()]);
        self::assertInstanceOf(ConnectionException::class, $exception);
        self::assertStringContainsString('it is incomplete', $exception->getMessage());
    }

    public function testCallsBetweenThePartsOfAnExportAreAnswered(): void
    {
        $comserv = self::$server->client();
        foreach (range(1, 3) as $i) {
            $comserv->documents->create(['title' => "Exported {$i}"]);
        }
        foreach ($comserv->documents->export(['q' => 'exported']) as $document) {
            self::assertSame($document->title, $comserv->documents->get($document->id)->title);
        }
        foreach ($comserv->documents->export() as $_) {
            break;
        }
        self::assertSame(3, $comserv->documents->list(['q' => 'exported'])->meta->total_count);
    }

    public function testTheClientsOwnSleepWaits(): void
    {
        $busy = ['status' => 429, 'headers' => ['retry-after' => '1']];
        $strange = Strange::start($busy, ['body' => ['status' => 'ok']]);
        $startedAt = microtime(true);
        (new \Comserv\Comserv($strange->url, apiKey: 'key'))->health->live();
        self::assertGreaterThan(0.9, microtime(true) - $startedAt);
    }

    private static function exceptionOf(\Closure $call): ?\Throwable
    {
        try {
            $call();
            return null;
        } catch (\Throwable $exception) {
            return $exception;
        }
    }
}
