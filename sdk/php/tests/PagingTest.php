<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConnectionException;
use Comserv\Exception\InvalidRequestException;
use Comserv\Transport\Request;
use PHPUnit\Framework\TestCase;

final class PagingTest extends TestCase
{
    private static TestServer $server;
    private static string $key;
    private RecordingTransport $traffic;
    private Comserv $comserv;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        self::$key = self::$server->credential('admin')['client_secret'];
        $items = array_map(static fn (int $i): array => [
            'action' => 'create',
            'data' => ['title' => "Paper {$i}", 'category' => $i % 5 === 1 ? 'fifth' : 'other'],
        ], range(1, 25));
        (new Comserv(self::$server->url, apiKey: self::$key))->documents->batch($items, atomic: true);
    }

    protected function setUp(): void
    {
        $this->traffic = new RecordingTransport();
        $this->comserv = new Comserv(self::$server->url, apiKey: self::$key, transport: $this->traffic);
    }

    public function testAListIsOnePageWithExactTotals(): void
    {
        $page = $this->comserv->documents->list(['limit' => 10, 'page' => 3]);
        self::assertCount(5, $page->data);
        self::assertSame(
            ['total_count' => 25, 'current_page' => 3, 'total_pages' => 3],
            $page->meta->jsonSerialize(),
        );
        self::assertFalse($page->hasNext());
        self::assertNull($page->nextCursor());
        self::assertNull($page->next());
        self::assertSame(200, $page->response->status);
        self::assertCount(1, $this->traffic->seen);
    }

    public function testIteratedOverItIsEverythingInOrderEachItemOnceByCursors(): void
    {
        $titles = [];
        foreach ($this->comserv->documents->list(['limit' => 10]) as $document) {
            $titles[] = $document->title;
        }
        self::assertSame(array_map(static fn (int $i): string => "Paper {$i}", range(1, 25)), $titles);
        foreach ($this->traffic->seen as $i => ['query' => $query]) {
            self::assertStringContainsString('limit=10', $query);
            self::assertStringNotContainsString('page=', $query);
            self::assertSame($i > 0, str_contains($query, 'cursor='));
        }
        self::assertCount(3, $this->traffic->seen);
        // A program that collects by key loses nothing either.
        self::assertCount(25, iterator_to_array($this->comserv->documents->list(['limit' => 10])));
    }

    public function testPagesAreFetchedWhenTheyAreNeededAndNotAfterABreak(): void
    {
        $count = 0;
        foreach ($this->comserv->documents->list(['limit' => 10, 'sort' => '-created_at']) as $_) {
            if (++$count === 10) {
                self::assertCount(1, $this->traffic->seen);
            }
            if ($count === 11) {
                break;
            }
        }
        self::assertCount(2, $this->traffic->seen);
    }

    public function testFiltersHoldOnEveryPage(): void
    {
        $all = [...$this->comserv->documents->list(['category' => 'fifth', 'limit' => 2])];
        self::assertSame(['Paper 1', 'Paper 6', 'Paper 11', 'Paper 16', 'Paper 21'], array_column($all, 'title'));
    }

    public function testByPageAndOnFromACursorThatWasKept(): void
    {
        $first = $this->comserv->documents->list(['limit' => 10]);
        self::assertTrue($first->hasNext());
        $second = $first->next();
        self::assertSame(2, $second?->meta->current_page);
        $numbers = [];
        foreach ($this->comserv->documents->list(['limit' => 10])->pages() as $page) {
            $numbers[] = $page->meta->current_page;
        }
        self::assertSame([1, 2, 3], $numbers);
        $again = $this->comserv->documents->list(['limit' => 10, 'cursor' => $first->nextCursor()]);
        self::assertEquals($second->data, $again->data);
        self::assertCount(15, [...$again]);
    }

    public function testTheEventLogIsFollowedByAfterAndNothingComesTwice(): void
    {
        $ids = array_column([...$this->comserv->events->list(['limit' => 10])], 'id');
        self::assertCount(25, array_unique($ids));
        $id = $this->comserv->documents->create(['title' => 'One more'])->id;
        $news = [...$this->comserv->events->list(['after' => end($ids)])];
        self::assertSame([$id], array_column(array_column(array_column($news, 'payload'), 'data'), 'id'));
        $this->comserv->documents->delete($id);
    }

    public function testWhatGoesWrongOnALaterPageIsThrownWhereItIsIterated(): void
    {
        $cut = new RecordingTransport(before: static function (Request $request): void {
            if (str_contains($request->url, 'cursor=')) {
                throw new ConnectionException('cut off');
            }
        });
        $failing = new Comserv(self::$server->url, apiKey: self::$key, maxRetries: 0, transport: $cut);
        $count = 0;
        try {
            foreach ($failing->documents->list(['limit' => 10]) as $_) {
                $count++;
            }
            self::fail('The second page was there.');
        } catch (ConnectionException) {
            self::assertSame(10, $count);
        }
        $this->expectException(InvalidRequestException::class);
        $this->comserv->documents->list(['cursor' => 'not-ours']);
    }
}
