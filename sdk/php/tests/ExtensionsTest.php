<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConflictException;
use Comserv\Exception\ResourceNotFoundException;
use Comserv\ExtensionRecord;
use PHPUnit\Framework\TestCase;

final class ExtensionsTest extends TestCase
{
    public function testRecordsOfAnExtensionAreCreatedReadChangedListedPageByPageAndDeleted(): void
    {
        $examples = dirname(__DIR__, 3) . '/examples/extensions';
        $product = Rig::do('process/start', ['env' => ['COMSERV_EXTENSIONS_DIR' => $examples]]);
        $comserv = new Comserv($product['url'], apiKey: $product['client_secret']);
        $invoices = $comserv->resource('invoices');
        $ids = [];
        foreach (['R-001', 'R-002', 'R-003'] as $number) {
            $record = ['number' => $number, 'customer' => 'Ada', 'amount_cents' => 100, 'due_on' => '2026-01-31'];
            $ids[] = $invoices->create($record, idempotencyKey: "key-of-{$number}")->id;
        }
        $first = $invoices->get($ids[0]);
        self::assertSame('open', $first->fields['status']);
        self::assertSame('R-001', json_decode((string) json_encode($first), true)['number']);
        $changed = $invoices->update($first->id, ['status' => 'cancelled'], ifMatch: $first->response->etag);
        self::assertSame('cancelled', $changed?->fields['status']);
        $open = $invoices->list(['status' => 'open', 'limit' => 1, 'sort' => 'created_at']);
        $numbers = array_map(
            static fn (ExtensionRecord $one) => $one->fields['number'],
            iterator_to_array($open, preserve_keys: false),
        );
        self::assertSame(['R-002', 'R-003'], $numbers);
        $invoices->delete($first->id);
        self::assertSame(2, $comserv->resource('invoices/invoices')->list()->meta->total_count);
        $this->expectException(ResourceNotFoundException::class);
        $invoices->get($first->id);
    }

    public function testManyRecordsAreChangedAtOnceExportedAndRestored(): void
    {
        $examples = dirname(__DIR__, 3) . '/examples/extensions';
        $product = Rig::do('process/start', ['env' => ['COMSERV_EXTENSIONS_DIR' => $examples]]);
        $comserv = new Comserv($product['url'], apiKey: $product['client_secret']);
        $invoices = $comserv->resource('invoices');
        $data = ['number' => 'R-101', 'customer' => 'Ada', 'amount_cents' => 100, 'due_on' => '2026-01-31'];
        $items = [
            ['action' => 'create', 'data' => $data],
            ['action' => 'create', 'data' => ['number' => 'R-102', 'status' => 'cancelled'] + $data],
            ['action' => 'create', 'data' => $data],
        ];
        $made = $invoices->batch($items, idempotencyKey: 'some-invoices');
        self::assertSame([201, 201, 409], array_map(static fn ($one) => $one->status, $made->data));
        self::assertSame('R-102', $made->data[1]->resource?->fields['number']);
        self::assertSame('conflict', $made->data[2]->error?->code);
        self::assertSame(1, $made->meta->failed);
        $exported = array_map(
            static fn (ExtensionRecord $one) => $one->fields['number'],
            iterator_to_array($invoices->export(['status' => 'cancelled']), preserve_keys: false),
        );
        self::assertSame(['R-102'], $exported);
        $id = (int) $made->data[1]->id;
        $invoices->delete($id);
        $trashed = iterator_to_array($invoices->trash(['limit' => 1]), preserve_keys: false);
        self::assertCount(1, $trashed);
        self::assertSame('R-102', $trashed[0]->fields['number']);
        self::assertGreaterThan($trashed[0]->deleted_at, $trashed[0]->purge_at);
        self::assertSame('cancelled', $invoices->restore($id, idempotencyKey: 'again')?->fields['status']);
        try {
            $invoices->batch($items, atomic: true);
            self::fail('an atomic batch with a failure succeeded');
        } catch (ConflictException) {
            self::assertSame(2, $invoices->list()->meta->total_count);
        }
    }

    public function testANameThatIsNoneIsRefusedBeforeAnythingIsSent(): void
    {
        $comserv = new Comserv('http://127.0.0.1:1', apiKey: 'key');
        foreach (['', 'Invoices', '../users', 'a/b/c', "invoices\n", null, 5, []] as $name) {
            try {
                $comserv->resource($name);
                self::fail('a name that is none was taken');
            } catch (ConfigurationException $error) {
                self::assertStringContainsString('is named', $error->getMessage());
            }
        }
    }
}
