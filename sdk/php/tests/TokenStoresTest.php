<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ConfigurationException;
use Comserv\Token\ClosureTokenStore;
use Comserv\Token\FileTokenStore;
use PHPUnit\Framework\TestCase;
use Psr\SimpleCache\CacheInterface;

/** A token that processes share; each client here stands for a page that ends after its calls. */
final class TokenStoresTest extends TestCase
{
    private const TOKEN = '/api/v1/oauth/token';

    private static TestServer $server;
    /** @var array{id: int, client_id: string, client_secret: string} */
    private array $credential;
    /** @var array<string, array{string, int}> */
    private array $entries = [];
    private RecordingTransport $traffic;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
    }

    protected function setUp(): void
    {
        $this->credential = self::$server->credential('read write');
        $this->traffic = new RecordingTransport();
    }

    private function inMemory(): ClosureTokenStore
    {
        return new ClosureTokenStore(
            read: fn (string $name): mixed => $this->entries[$name][0] ?? false,
            write: function (string $name, string $entry, int $seconds): void {
                $this->entries[$name] = [$entry, $seconds];
            },
        );
    }

    private function page(mixed $store, ?string $secret = null, ?string $scope = null, ?string $url = null): Comserv
    {
        return new Comserv(
            $url ?? self::$server->url,
            clientId: $this->credential['client_id'],
            clientSecret: $secret ?? $this->credential['client_secret'],
            scope: $scope,
            maxRetries: 0,
            transport: $this->traffic,
            clock: self::$server->now(...),
            tokenStore: $store,
        );
    }

    private function fetched(): int
    {
        return count($this->traffic->of(self::TOKEN));
    }

    public function testAFolderWithAZeroByteIsRefused(): void
    {
        $this->expectException(\Comserv\Exception\ConfigurationException::class);
        new FileTokenStore("/tmp/a\0b");
    }

    public function testManyPagesFetchOneTokenUntilItExpires(): void
    {
        foreach (range(1, 5) as $_) {
            $this->page($this->inMemory())->users->list();
        }
        self::assertSame(1, $this->fetched());
        self::assertSame([3_540], array_column($this->entries, 1));
        self::$server->advance(3_539.0);
        $this->page($this->inMemory())->users->list();
        self::assertSame(1, $this->fetched());
        self::$server->advance(1.0);
        $this->page($this->inMemory())->users->list();
        self::assertSame(2, $this->fetched());
    }

    public function testAStoredTokenThatWasRevokedIsReplacedOnceForAll(): void
    {
        $first = $this->page($this->inMemory());
        $first->users->list();
        $header = $this->traffic->of('/api/v1/users')[0]['headers']['authorization'];
        $first->oauth->revokeToken(substr($header, strlen('Bearer ')));
        $this->page($this->inMemory())->users->list();
        $this->page($this->inMemory())->users->list();
        self::assertSame(2, $this->fetched());
        self::assertSame([200, 401, 200, 200], array_column($this->traffic->of('/api/v1/users'), 'status'));
    }

    public function testAnEntryThatIsNotOursIsReplaced(): void
    {
        $this->page($this->inMemory())->users->list();
        [$name, [$entry]] = [array_key_first($this->entries), reset($this->entries)];
        [$signature, $renewAt, $token] = explode(' ', $entry);
        $wrong = [
            '', 'garbage', ' ', "{$signature} {$renewAt}", "{$signature} {$renewAt} {$token} more",
            "{$signature} {$renewAt} {$token}x", "{$signature} 99999999999 {$token}", "{$signature} -1 {$token}",
            "x {$renewAt} {$token}", strrev($entry), substr($entry, 0, -1), "\0\xff", str_repeat('9', 1_000_000),
        ];
        foreach ($wrong as $index => $text) {
            $this->entries[$name] = [$text, 60];
            $this->page($this->inMemory())->users->list();
            self::assertSame($index + 2, $this->fetched(), "With the entry {$index}.");
        }
        $this->page($this->inMemory())->users->list();
        self::assertSame(count($wrong) + 1, $this->fetched());
    }

    public function testEachServerClientSecretAndScopeHasATokenOfItsOwn(): void
    {
        $secret = $this->credential['client_secret'];
        $localhost = str_replace('127.0.0.1', 'localhost', self::$server->url);
        $pages = [
            fn () => $this->page($this->inMemory()),
            fn () => $this->page($this->inMemory(), scope: 'read'),
            fn () => $this->page($this->inMemory(), scope: 'read write'),
            fn () => $this->page($this->inMemory(), url: $localhost),
        ];
        foreach ([...$pages, ...$pages] as $page) {
            $page()->users->list();
        }
        $this->page($this->inMemory(), scope: 'write  read')->users->list();
        self::assertSame(4, $this->fetched());
        $this->credential = self::$server->credential('read');
        $this->page($this->inMemory())->users->list();
        self::assertSame(5, $this->fetched());
        self::assertCount(5, $this->entries);
        foreach (array_keys($this->entries) as $name) {
            self::assertMatchesRegularExpression('/^[A-Za-z0-9_.]{1,64}$/D', $name);
        }
        self::assertStringNotContainsString($secret, serialize($this->entries));
    }

    public function testWithAnotherSecretNobodyGetsTheToken(): void
    {
        $this->page($this->inMemory())->users->list();
        $this->expectException(AuthenticationFailedException::class);
        $this->page($this->inMemory(), secret: 'cs_live_wrong')->users->list();
    }

    public function testAStoreThatFailsIsPassedOver(): void
    {
        $fails = static fn () => throw new \RuntimeException('The cache is down.');
        $stores = [new ClosureTokenStore(read: $fails, write: $fails)];
        foreach ([null, false, 7, [], new \stdClass()] as $found) {
            $stores[] = new ClosureTokenStore(read: static fn () => $found, write: static fn () => false);
        }
        foreach ($stores as $store) {
            $comserv = $this->page($store);
            $comserv->users->list();
            $comserv->users->list();
        }
        self::assertSame(count($stores), $this->fetched());
    }

    public function testAPsr16CacheIsAStoreAndAnythingElseIsRefused(): void
    {
        $cache = $this->createMock(CacheInterface::class);
        $cache->method('get')->willReturnCallback(fn (string $name) => $this->entries[$name][0] ?? null);
        $cache->method('set')->willReturnCallback(function (string $name, string $entry, int $seconds): bool {
            $this->entries[$name] = [$entry, $seconds];
            return true;
        });
        $this->page($cache)->users->list();
        $this->page($cache)->users->list();
        self::assertSame(1, $this->fetched());
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessage('tokenStore must be');
        $this->page(new \ArrayObject());
    }

    public function testAFileIsReadByItsUserAloneAndNeverHalfWritten(): void
    {
        $folder = Program::folder() . '/a/folder';
        $this->page(new FileTokenStore($folder))->users->list();
        $this->page(new FileTokenStore($folder))->users->list();
        self::assertSame(1, $this->fetched());
        $files = array_values(array_diff(scandir($folder) ?: [], ['.', '..']));
        self::assertCount(1, $files);
        self::assertSame(0600, fileperms("{$folder}/{$files[0]}") & 0777);
        self::assertSame(0700, fileperms($folder) & 0777);
        $this->expectException(ConfigurationException::class);
        new FileTokenStore("{$folder}/{$files[0]}/below");
    }

    /** As PHP-FPM: workers that each serve many pages, and keep nothing from one to the next. */
    public function testWorkersOfAWebServerShareAToken(): void
    {
        $folder = Program::folder();
        $port = (int) substr(strrchr((string) stream_socket_get_name(
            $socket = stream_socket_server('tcp://127.0.0.1:0'),
            false,
        ), ':'), 1);
        fclose($socket);
        $page = __DIR__ . '/forking/page.php';
        [$line, $stop] = Program::start([PHP_BINARY, '-S', "127.0.0.1:{$port}", $page], $folder, [
            'PHP_CLI_SERVER_WORKERS' => '4',
            'BASE' => self::$server->url,
            'ID' => $this->credential['client_id'],
            'SECRET' => $this->credential['client_secret'],
            'FOLDER' => "{$folder}/tokens",
        ]);
        try {
            $line('started');
            self::assertSame(['answered 1'], array_unique(self::pages("http://127.0.0.1:{$port}/", 1)));
            $seen = self::pages("http://127.0.0.1:{$port}/", 80);
            self::assertCount(80, $seen);
            self::assertSame(['answered 0'], array_values(array_unique($seen)));
        } finally {
            $stop();
        }
    }

    /** @return list<string> what so many pages say, eight at a time */
    private static function pages(string $url, int $count): array
    {
        $multi = curl_multi_init();
        curl_multi_setopt($multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 8);
        $handles = array_map(static fn () => curl_init($url), range(1, $count));
        foreach ($handles as $handle) {
            curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60]);
            curl_multi_add_handle($multi, $handle);
        }
        do {
            curl_multi_exec($multi, $running);
            curl_multi_select($multi, 1.0);
        } while ($running > 0);
        return array_map(static fn ($handle) => (string) curl_multi_getcontent($handle), $handles);
    }

    public function testAStoreThatReturnsAPromiseIsRefused(): void
    {
        $promise = new class {
            public function then(): void
            {
            }
        };
        $none = static fn (): mixed => null;
        foreach ([[fn () => $promise, $none], [$none, fn () => $promise]] as [$read, $write]) {
            try {
                $this->page(new ClosureTokenStore($read, $write))->users->list();
                self::fail('It was not refused.');
            } catch (ConfigurationException $exception) {
                self::assertStringContainsString('must wait for their result', $exception->getMessage());
            }
        }
    }
}
