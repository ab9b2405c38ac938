<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConfigurationException;
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
