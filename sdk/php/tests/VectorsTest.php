<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConnectionException;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Internal\Credentials;
use Comserv\Internal\Link;
use Comserv\Internal\Refusal;
use Comserv\Internal\Retry;
use Comserv\Internal\StoredToken;
use Comserv\Token\ClosureTokenStore;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use Comserv\Internal\StreamReader;
use Comserv\Transport\Reply;
use Comserv\Webhook;
use PHPUnit\Framework\TestCase;

/** The cases that all client libraries share. */
final class VectorsTest extends TestCase
{
    /** @return array<string, array{array<string, mixed>}> */
    private static function cases(string $file): array
    {
        $text = (string) file_get_contents(dirname(__DIR__, 2) . "/vectors/{$file}.json");
        $cases = json_decode($text, true, 512, JSON_THROW_ON_ERROR)['cases'];
        self::assertNotEmpty($cases);
        return array_combine(array_column($cases, 'name'), array_map(static fn (array $one): array => [$one], $cases));
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function signatures(): array
    {
        return self::cases('signatures');
    }

    /** @dataProvider signatures */
    public function testSignatures(array $case): void
    {
        $headers = $case['headers'];
        $serverStyle = [];
        foreach ($headers as $name => $value) {
            $serverStyle['HTTP_' . strtoupper(str_replace('-', '_', $name))] = $value;
        }
        $psr = array_map(static fn (string $value): array => [$value], $headers);
        $clock = static fn (): float => (float) $case['now'];
        foreach ([$headers, $serverStyle + ['REQUEST_METHOD' => 'POST', 'argc' => 0], $psr] as $given) {
            $verify = static fn () => Webhook::verify(
                $case['body'],
                $given,
                $case['secret'],
                $case['tolerance_seconds'] ?? Webhook::TOLERANCE_SECONDS,
                $clock,
                $case['accept_body_signature'] ?? false,
            );
            if (isset($case['expected']['failed_check'])) {
                $exception = self::exceptionOf($verify);
                self::assertInstanceOf(WebhookVerificationException::class, $exception);
                self::assertSame($case['expected']['failed_check'], $exception->check);
                $secret = is_string($case['secret']) ? $case['secret'] : '';
                self::assertFalse(strlen($secret) >= 16 && str_contains((string) $exception, $secret));
                continue;
            }
            $event = $verify();
            self::assertSame($case['expected']['event'], $event->event);
            self::assertSame($case['expected']['id'], $event->id);
            $json = json_decode((string) json_encode($event), true);
            unset($json['id']);
            self::assertEquals($case['expected']['standard'] ?? json_decode($case['body'], true), $json);
        }
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function retries(): array
    {
        return self::cases('retries');
    }

    /** @dataProvider retries */
    public function testRetries(array $case): void
    {
        ['retries' => $retries, 'random' => $random, 'now' => $now] = $case;
        $delayMs = $case['failure'] === 'answer'
            ? Retry::delayMs($case['status'], $case['headers']['retry-after'] ?? null, $retries, $random, (float) $now)
            : Retry::backoffMs($retries, $random);
        self::assertSame($case['expected']['delay_ms'], $delayMs);
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function paging(): array
    {
        return self::cases('paging');
    }

    /** @dataProvider paging */
    public function testPaging(array $case): void
    {
        self::assertSame($case['expected']['next'], Link::nextQuery($case['link']));
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function errors(): array
    {
        return self::cases('errors');
    }

    /** @dataProvider errors */
    public function testErrors(array $case): void
    {
        $reply = new Reply($case['status'], $case['headers'], '');
        $exception = Refusal::exception($reply->status, $reply->headers, $case['body'], (float) $case['now']);
        $rateLimit = $exception->rateLimit === null ? null : [
            'limit' => $exception->rateLimit->limit,
            'remaining' => $exception->rateLimit->remaining,
            'reset' => $exception->rateLimit->resetAt->getTimestamp(),
        ];
        $expected = $case['expected'];
        // `InternalError` says in PHP as well that it is an error: `InternalErrorException`.
        $class = $expected['error'] === 'InternalError'
            ? 'InternalErrorException'
            : preg_replace('/Error$/', 'Exception', $expected['error']);
        self::assertSame(['error' => $class] + $expected, [
            'error' => (new \ReflectionClass($exception))->getShortName(),
            'status' => $exception->status,
            'code' => $exception->errorCode,
            'message' => $exception->title,
            'details' => $exception->details,
            'request_id' => $exception->requestId,
            'rate_limit' => $rateLimit,
            'retry_after_seconds' => $exception->retryAfterSeconds,
        ]);
        self::assertSame($exception->status, $exception->getCode());
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function streams(): array
    {
        return self::cases('streams');
    }

    /** @dataProvider streams */
    public function testStreams(array $case): void
    {
        // Whole, and byte by byte.
        foreach ([1_000, 1] as $size) {
            $reader = new StreamReader();
            $messages = [];
            foreach ($case['chunks'] as $chunk) {
                foreach (str_split($chunk, $size) as $part) {
                    array_push($messages, ...$reader->read($part));
                }
            }
            $found = ['messages' => $messages, 'last_id' => $reader->lastId, 'retry_ms' => $reader->retryMs];
            self::assertSame($case['expected'], $found);
        }
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

    /** @return array<string, array{array<string, mixed>}> */
    public static function exports(): array
    {
        return self::cases('exports');
    }

    /** @dataProvider exports */
    public function testExports(array $case): void
    {
        $url = Strange::start(['raw' => $case['raw']])->url;
        $expected = $case['expected'];
        $transports = [new CurlTransport()];
        if (class_exists(\GuzzleHttp\Client::class)) {
            $factory = new \GuzzleHttp\Psr7\HttpFactory();
            $transports[] = new Psr18Transport(new \GuzzleHttp\Client(), $factory, $factory);
            // PHP's own streams do not notice that the last chunk is missing; the end does.
            if (isset($expected['text']) || str_contains($case['raw'][0], 'x-export-end')) {
                $streaming = new \GuzzleHttp\Client(['stream' => true]);
                $transports[] = new Psr18Transport($streaming, $factory, $factory);
            }
        }
        foreach ($transports as $number => $transport) {
            $whole = (new Comserv($url, apiKey: 'key', maxRetries: 0, transport: $transport))->categories->export();
            $ids = static fn (): array => array_column(iterator_to_array($whole, false), 'id');
            if (isset($expected['text'])) {
                self::assertSame($expected['text'], $whole->text('ndjson'));
                self::assertSame($expected['records'], $ids());
                continue;
            }
            foreach (['text_error' => fn () => $whole->text('ndjson'), 'records_error' => $ids] as $of => $read) {
                $exception = self::exceptionOf($read);
                self::assertInstanceOf(ConnectionException::class, $exception, "{$of} {$number}");
                // Guzzle has words of its own where it notices more than the client.
                if ($number === 0 || str_starts_with($expected[$of], 'The export')) {
                    self::assertStringStartsWith($expected[$of], $exception->getMessage());
                }
            }
        }
    }

    public function testAResponseThatIsCutOffSaysSo(): void
    {
        $head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";
        $url = Strange::start(['raw' => ["{$head}{\"id\":"]])->url;
        $this->expectException(ConnectionException::class);
        $this->expectExceptionMessageMatches('/^The response was cut off after 6 bytes: ./');
        (new Comserv($url, apiKey: 'key', maxRetries: 0))->users->get(1);
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function tokenEntries(): array
    {
        return self::cases('token-entries');
    }

    /** @dataProvider tokenEntries */
    public function testTokenEntries(array $case): void
    {
        $entries = [$case['expected']['name'] => $case['entry']];
        $store = new ClosureTokenStore(
            read: static function (string $name) use (&$entries): mixed {
                return $entries[$name] ?? null;
            },
            write: static function (string $name, string $entry) use (&$entries): void {
                $entries = [$name => $entry];
            },
        );
        $who = Credentials::of(null, $case['client_id'], $case['client_secret'], $case['scope'], false);
        $stored = new StoredToken($store, $who, $case['base_url']);
        $found = $stored->read((float) $case['now']);
        self::assertSame($case['expected']['token'], $found[0] ?? null);
        if ($found !== null) {
            $entries = [];
            $stored->write($found[0], $found[1], (float) $case['now']);
            self::assertSame([$case['expected']['name'] => $case['entry']], $entries);
        }
    }
}
