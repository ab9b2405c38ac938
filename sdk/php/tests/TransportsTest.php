<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ApiException;
use Comserv\Exception\CancelledException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use GuzzleHttp\Client;
use GuzzleHttp\Psr7\HttpFactory;
use PHPUnit\Framework\TestCase;

final class TransportsTest extends TestCase
{
    private static TestServer $server;
    private static string $key;

    public static function setUpBeforeClass(): void
    {
        require_once 'GuzzleHttp/autoload.php';
        self::$server = TestServer::start();
        self::$key = self::$server->credential('admin')['client_secret'];
    }

    /** @param array<string, mixed> $options */
    private static function guzzle(array $options = []): Psr18Transport
    {
        $factory = new HttpFactory();
        return new Psr18Transport(new Client($options), $factory, $factory);
    }

    public function testThroughAPsr18ClientEverythingIsAsThroughCurl(): void
    {
        $comserv = new Comserv(self::$server->url, apiKey: self::$key, transport: self::guzzle(['stream' => true]));
        $document = $comserv->documents->create(['title' => 'Sent by another']);
        $id = $document->id;
        $changed = $comserv->documents->update($id, ['title' => 'Changed'], ifMatch: $document->response->etag);
        self::assertSame('Changed', $changed?->title);
        $comserv->documents->delete($id);
        $comserv->documents->restore($id);
        self::assertSame(['Changed'], array_column([...$comserv->documents->list()], 'title'));
        self::assertSame(['Changed'], array_column([...$comserv->documents->export()], 'title'));
        try {
            $comserv->documents->get(999);
            self::fail('There is none.');
        } catch (ApiException $exception) {
            self::assertSame('There is no document with id 999.', $exception->details);
        }
    }

    public function testWhatFailsThereIsAConnectionExceptionWithoutTheKey(): void
    {
        $key = 'cs_live_of_nobody_else';
        $cut = Strange::start(['body' => "{\"id\":1}\n", 'cut' => true])->url;
        foreach (['http://127.0.0.1:1', $cut, Strange::start(['hang' => true])->url] as $url) {
            $transport = self::guzzle(['timeout' => 0.1]);
            $comserv = new Comserv($url, apiKey: $key, maxRetries: 0, transport: $transport);
            foreach ([fn () => $comserv->users->get(1), fn () => [...$comserv->users->export()]] as $call) {
                try {
                    $call();
                    self::fail('No complete response arrived.');
                } catch (ConnectionException $exception) {
                    self::assertStringNotContainsString($key, print_r($exception, true));
                }
            }
        }
    }

    public function testAProxyThatCannotBeUsedIsRefusedByNameWithoutItsPassword(): void
    {
        $url = 'http://comserv.example.org';
        $me = 'me:hidden-password';
        foreach (["http://{$me}@[::1", "foo://{$me}@host:1", "http://{$me}@host:99999"] as $address) {
            $transports = [
                'CURLOPT_PROXY' => new CurlTransport([CURLOPT_PROXY => $address]),
                'http_proxy' => null,
                'all_proxy' => self::guzzle(),
            ];
            foreach ($transports as $name => $transport) {
                putenv("{$name}={$address}");
                $comserv = new Comserv($url, apiKey: 'key', maxRetries: 0, transport: $transport);
                foreach ([fn () => $comserv->users->get(1), fn () => [...$comserv->users->export()]] as $call) {
                    try {
                        $call();
                        self::fail('There is no such proxy.');
                    } catch (ConfigurationException $exception) {
                        self::assertStringStartsWith("{$name} must be the address", $exception->getMessage());
                        self::assertStringNotContainsString('hidden-password', print_r($exception, true));
                    }
                }
                putenv($name);
            }
        }
    }

    public function testACallThatTheProgramGivesUpEndsAtOnceAndIsNotSentAgain(): void
    {
        $strange = Strange::start(['hang' => true]);
        $stop = false;
        $transport = new CurlTransport(isCancelled: static function () use (&$stop, $strange): bool {
            return $stop = $stop || $strange->requests() !== [];
        });
        $comserv = new Comserv($strange->url, apiKey: 'key', transport: $transport);
        foreach ([fn () => $comserv->users->get(1), fn () => [...$comserv->users->export()]] as $call) {
            try {
                $call();
                self::fail('It never answers.');
            } catch (CancelledException) {
                self::assertTrue($stop);
            }
        }
        self::assertLessThanOrEqual(2, count($strange->requests()));
    }

    public function testNothingOfACallThatFailedGoesAlongWithTheNextOne(): void
    {
        $strange = Strange::start(['hang' => true], ['body' => ['status' => 'ok']]);
        $comserv = new Comserv($strange->url, session: true, timeoutSeconds: 0.1);
        try {
            $comserv->session->signIn(['username' => 'root', 'password' => 'correct horse']);
            self::fail('It never answers.');
        } catch (ConnectionException) {
            self::assertSame('ok', $comserv->health->live(timeoutSeconds: 30.0)->status);
        }
        [$first, $next] = $strange->requests();
        self::assertArrayHasKey('content-length', $first['headers']);
        self::assertArrayNotHasKey('content-length', $next['headers']);
    }

    public function testCurlTakesOptionsOfItsOwnAndKeepsOneConnection(): void
    {
        $strange = Strange::start(['body' => ['status' => 'ok']]);
        $transport = new CurlTransport([CURLOPT_PROXY => $strange->url]);
        $comserv = new Comserv('http://nowhere.example.org', apiKey: 'key', transport: $transport);
        self::assertSame('ok', $comserv->health->live()->status);
        self::assertSame('ok', $comserv->health->live()->status);
        $requests = $strange->requests();
        self::assertSame('http://nowhere.example.org/health/live', $requests[0]['url']);
    }
}
