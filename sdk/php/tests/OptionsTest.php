<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ApiException;
use Comserv\Exception\CancelledException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use GuzzleHttp\Psr7\HttpFactory;
use PHPUnit\Framework\TestCase;

/** Whatever PHP, curl or a transport throws: a caller sees exceptions of this package alone. */
final class OptionsTest extends TestCase
{
    private static function assertRefused(\Closure $call, string $why): void
    {
        try {
            $call();
            self::fail("It was not refused: {$why}");
        } catch (ConfigurationException $exception) {
            self::assertStringContainsString($why, $exception->getMessage());
        }
    }

    public function testWrongOptionsAreRefusedByName(): void
    {
        $url = 'https://comserv.example.org';
        $wrong = ['', null, false, 7, [], 'comserv.example.org', 'ftp://example.org', 'http://', 'http://a:port'];
        $wrong = [...$wrong, "http://exa mple.org", "http://exa\0mple.org", "http://exa\nmple.org", 'http://a:99999'];
        foreach ([...$wrong, 'http://a\\@elsewhere.example.org', new \stdClass()] as $given) {
            self::assertRefused(static fn () => new Comserv($given, apiKey: 'key'), 'baseUrl must be the address');
        }
        foreach (['?tenant=1', '#top', '/api/v1?tenant=1'] as $more) {
            self::assertRefused(static fn () => new Comserv($url . $more, apiKey: 'key'), 'must not contain a query');
        }
        foreach ([0, -1, 'soon', null, NAN, [], true] as $given) {
            self::assertRefused(
                static fn () => new Comserv($url, apiKey: 'key', timeoutSeconds: $given),
                'timeoutSeconds must be',
            );
        }
        foreach ([-1, 1.5, 'twice', null, true, []] as $given) {
            self::assertRefused(
                static fn () => new Comserv($url, apiKey: 'key', maxRetries: $given),
                'maxRetries must be',
            );
        }
        foreach ([['read'], 7, "read\n", 'lésen'] as $given) {
            self::assertRefused(
                static fn () => new Comserv($url, clientId: 'id', clientSecret: 'secret', scope: $given),
                'scope must be a string',
            );
        }
        self::assertRefused(static fn () => new Comserv($url, session: 'cookie'), 'session must be true');
        foreach (['curl', new \stdClass(), static fn () => null] as $given) {
            self::assertRefused(
                static fn () => new Comserv($url, apiKey: 'key', transport: $given),
                'transport must be',
            );
        }
    }

    public function testAListWhereNamesBelongIsRefused(): void
    {
        $comserv = new Comserv('http://127.0.0.1:1', apiKey: 'key', maxRetries: 0);
        $filters = [
            fn (mixed $given) => $comserv->users->list($given),
            fn (mixed $given) => $comserv->users->sessions(1, $given),
            fn (mixed $given) => $comserv->users->export($given)->text('csv'),
            fn (mixed $given) => $comserv->events->stream($given)->getIterator()->current(),
        ];
        foreach ($filters as $call) {
            foreach ([['x'], ['limit' => 1, 'x'], [7 => 'x']] as $given) {
                self::assertRefused(static fn () => $call($given), 'query must be an array by name');
            }
        }
        $fields = [
            fn (mixed $given) => $comserv->documents->create($given),
            fn (mixed $given) => $comserv->documents->update(1, $given),
        ];
        foreach ($fields as $call) {
            self::assertRefused(static fn () => $call(['secret-word', 'y']), ' must be an array by name');
        }
    }

    public function testOptionsThatCurlDoesNotTakeAreRefused(): void
    {
        foreach ([['proxy' => 'x'], [-7 => 1], [CURLOPT_HTTPHEADER => 'text'], [CURLOPT_PROXY => "a\0b"]] as $options) {
            self::assertRefused(static fn () => new CurlTransport($options), 'The options of curl are invalid');
        }
    }

    public function testTextsFromTheEnvironmentAndAddressesOfAllKindsAreTaken(): void
    {
        $taken = [
            " https://comserv.example.org/api/v1/\n" => 'https://comserv.example.org',
            'http://[::1]:3000' => 'http://[::1]:3000',
        ];
        foreach ($taken as $given => $shown) {
            $comserv = new Comserv($given, apiKey: 'key', timeoutSeconds: '2.5', maxRetries: '0');
            self::assertSame($shown, $comserv->baseUrl);
        }
    }

    public function testWhatATransportThrowsBecomesOurExceptionWithoutItsMessage(): void
    {
        $thrown = [new \RuntimeException('cs_live_hidden'), new \TypeError('cs_live_hidden'), new \LogicException('x')];
        foreach ($thrown as $one) {
            $transport = new RecordingTransport(before: static fn () => throw $one);
            $comserv = new Comserv('http://127.0.0.1:1', apiKey: 'key', maxRetries: 0, transport: $transport);
            foreach ([fn () => $comserv->users->get(1), fn () => [...$comserv->users->export()]] as $call) {
                try {
                    $call();
                    self::fail('It was thrown.');
                } catch (ConnectionException $exception) {
                    self::assertStringContainsString($one::class, $exception->getMessage());
                    self::assertStringNotContainsString('hidden', print_r($exception, true));
                }
            }
        }
    }

    public function testAFunctionThatCreatesNoPsr18ClientIsRefused(): void
    {
        require_once 'GuzzleHttp/autoload.php';
        $factory = new HttpFactory();
        $through = static fn (\Closure $create) => new Psr18Transport($create, $factory, $factory);
        self::assertRefused(static fn () => $through(static fn () => null), 'must return a PSR-18 client');
        $fails = static fn () => throw new \TypeError('of somebody');
        self::assertRefused(static fn () => $through($fails), 'failed with TypeError');
    }

    /** As in a server of coroutines, where one call begins while another waits. */
    public function testACallWithinACallHasAConnectionOfItsOwn(): void
    {
        $slow = Strange::start(['body' => ['status' => 'slow'], 'delay_ms' => 300]);
        $inner = null;
        $transport = null;
        $transport = new CurlTransport(isCancelled: static function () use (&$inner, &$transport): bool {
            if ($inner === null) {
                $inner = '';
                $url = Strange::start(['body' => ['status' => 'inner']])->url;
                $inner = (new Comserv($url, apiKey: 'key', transport: $transport))->health->live()->status;
            }
            return false;
        });
        try {
            $comserv = new Comserv($slow->url, apiKey: 'key', maxRetries: 0, transport: $transport);
            self::assertSame('slow', $comserv->health->live()->status);
        } catch (CancelledException | ComservException $exception) {
            self::fail($exception->getMessage());
        }
        self::assertSame('inner', $inner);
    }

    public function testAPageOfAProxyIsNeverAnExportOrAStream(): void
    {
        $page = static fn (int $status, string $type, string $body = "<h1>Sign in</h1>\n"): array => [
            'status' => $status,
            'headers' => ['content-type' => $type],
            'body' => $body,
        ];
        $replies = [
            $page(200, 'text/html'),
            $page(200, 'text/plain', ''),
            $page(203, 'text/html; charset=utf-8'),
            $page(302, 'text/html'),
            $page(200, 'application/json', 'null'),
            $page(200, 'application/json', '[]'),
            ['headers' => ['content-encoding' => 'gzip'], 'body' => 'garbage'],
            ['headers' => ['content-type' => 'text/html'], 'parts' => ['<h1>'], 'pause_ms' => 0, 'hang' => true],
        ];
        foreach ($replies as $reply) {
            $comserv = new Comserv(Strange::start($reply)->url, apiKey: 'key', maxRetries: 0);
            $calls = [
                fn () => $comserv->documents->export()->text('csv'),
                fn () => [...$comserv->documents->export()],
                fn () => $comserv->events->stream()->getIterator()->current(),
            ];
            foreach ($calls as $call) {
                try {
                    $call();
                    self::fail('It was taken for a response of the API.');
                } catch (ApiException $exception) {
                    self::assertSame('unexpected_answer', $exception->errorCode);
                }
            }
        }
    }

    public function testAStreamThatItsServerEndsIsAnExceptionOnceNoAttemptToReconnectIsLeft(): void
    {
        $strange = Strange::start(['headers' => ['content-type' => 'text/event-stream'], 'body' => ": nothing\n\n"]);
        $comserv = new Comserv($strange->url, apiKey: 'key');
        try {
            $comserv->events->stream(maxRetries: 0)->getIterator()->current();
            self::fail('It ended.');
        } catch (ConnectionException $exception) {
            self::assertStringContainsString('ended the stream', $exception->getMessage());
        }
        self::assertCount(1, $strange->requests());
    }
}
