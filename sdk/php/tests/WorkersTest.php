<?php

declare(strict_types=1);

namespace Comserv\Tests;

use PHPUnit\Framework\TestCase;

/** Pages of several worker processes that share a token, as under php-fpm. */
final class WorkersTest extends TestCase
{
    /** More than a client may fetch tokens in a minute, so pages without the store would have to wait. */
    private const PAGES = 80;

    public function testTheWorkersShareATokenAndEachPageGetsItsOwnResponse(): void
    {
        $server = TestServer::start();
        $server->present();
        ['client_id' => $id, 'client_secret' => $secret] = $server->credential('read write');
        $made = array_map(
            fn (int $number) => $server->client()->documents->create(['title' => "Document {$number}"])->id,
            range(1, 4),
        );
        $tokens = Program::folder();
        [$url, $stop] = self::serve(['BASE' => $server->url, 'ID' => $id, 'SECRET' => $secret, 'TOKENS' => $tokens]);
        try {
            self::assertSame($made[0], self::pages($url, [$made[0]])[0]['got']);
            $stored = self::contents($tokens);
            self::assertCount(1, $stored);
            $asked = array_map(static fn (int $page): int => $made[$page % 4], range(1, self::PAGES));
            $responses = self::pages($url, $asked);
            self::assertSame($asked, array_column($responses, 'got'));
            self::assertGreaterThan(1, count(array_unique(array_column($responses, 'worker'))));
            self::assertSame($stored, self::contents($tokens));
        } finally {
            $stop();
        }
    }

    /**
     * @param array<string, string> $env
     * @return array{string, \Closure(): void} the address; stops the workers
     */
    private static function serve(array $env): array
    {
        $free = stream_socket_server('tcp://127.0.0.1:0');
        self::assertNotFalse($free);
        $address = (string) stream_socket_get_name($free, false);
        fclose($free);
        $command = [PHP_BINARY, '-S', $address, __DIR__ . '/serving/page.php'];
        [$line, $stop] = Program::start($command, __DIR__, $env + ['PHP_CLI_SERVER_WORKERS' => '4']);
        $line('started');
        return ["http://{$address}/", $stop];
    }

    /**
     * @param list<int> $ids
     * @return list<array{asked: int, got: int, worker: int}> in the order of the ids; eight pages at a time
     */
    private static function pages(string $url, array $ids): array
    {
        $responses = [];
        foreach (array_chunk($ids, 8) as $chunk) {
            $all = curl_multi_init();
            $handles = [];
            foreach ($chunk as $id) {
                $handle = curl_init("{$url}?id={$id}");
                self::assertNotFalse($handle);
                curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 20]);
                curl_multi_add_handle($all, $handle);
                $handles[] = $handle;
            }
            do {
                curl_multi_exec($all, $running);
                curl_multi_select($all, 0.1);
            } while ($running > 0);
            foreach ($handles as $handle) {
                /** @var array{asked: int, got: int, worker: int} */
                $responses[] = json_decode((string) curl_multi_getcontent($handle), true, flags: JSON_THROW_ON_ERROR);
            }
        }
        return $responses;
    }

    /** @return array<string, string> */
    private static function contents(string $folder): array
    {
        $files = array_values(array_filter((array) glob("{$folder}/*"), is_file(...)));
        return array_combine($files, array_map(file_get_contents(...), $files));
    }
}
