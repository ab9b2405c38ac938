<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Hook;
use Comserv\Token\CacheTokenStore;
use Comserv\Token\ClosureTokenStore;
use Comserv\Token\FileTokenStore;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use Comserv\Webhook;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/** Every method, called with a wrong value for each of its arguments: values and methods are shared by all clients. */
final class ArgumentsTest extends TestCase
{
    private const RIGHT = ['id' => 1, 'text' => 'a', 'query' => [], 'file' => "title\nx\n", 'items' => []]
        + ['fields' => [], 'optionalFields' => [], 'formText' => 'a'];

    /** @return list<array<string, mixed>> */
    private static function cases(string $file): array
    {
        $text = (string) file_get_contents(dirname(__DIR__, 2) . "/vectors/{$file}.json");
        return json_decode($text, true, flags: JSON_THROW_ON_ERROR)['cases'];
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function methods(): array
    {
        $methods = self::cases('methods');
        return array_combine(array_column($methods, 'name'), array_map(static fn (array $one) => [$one], $methods));
    }

    /** @return array{expected: string, wrong: list<mixed>} */
    private static function kind(string $name): array
    {
        $found = array_column(self::cases('arguments'), null, 'name')[$name];
        $wrong = array_map(self::given(...), $found['wrong']);
        return ['expected' => $found['expected'], 'wrong' => $wrong];
    }

    private static function given(mixed $wrong): mixed
    {
        return match (is_array($wrong) ? $wrong['a'] ?? null : null) {
            null => $wrong,
            'NaN' => NAN,
            'infinity' => INF,
            'huge integer' => PHP_INT_MAX,
            'object' => new \stdClass(),
            'function' => strlen(...),
            'instance' => new \ArrayObject(),
            'promise' => new class {
                public function then(): void
                {
                }
            },
        };
    }

    /** @dataProvider methods */
    #[DataProvider('methods')]
    public function testWrongArgumentsAreRefusedAndNothingIsSent(array $method): void
    {
        $transport = new RecordingTransport(before: static fn () => self::fail('Something was sent.'));
        $call = self::caller($method, $transport);
        foreach (self::wrongArguments($method) as [$expected, $name, $wrong, $arguments]) {
            $what = "{$method['name']} with {$name}: " . get_debug_type($wrong);
            $shown = null;
            try {
                $call($arguments);
            } catch (ConfigurationException $exception) {
                $shown = $exception->getMessage();
            }
            self::assertIsString($shown, "{$what} was not refused.");
            self::assertStringStartsWith(str_replace('{name}', $name, $expected), $shown, $what);
            self::assertStringNotContainsString("\n", $shown, $what);
        }
    }

    public function testEveryMethodOfTheClientIsInTheTable(): void
    {
        $own = [];
        foreach (get_object_vars(self::clients(new RecordingTransport())['key']) as $group => $methods) {
            foreach (is_object($methods) ? get_class_methods($methods) : [] as $name) {
                $own[] = "{$group}.{$name}";
            }
        }
        $own = array_filter($own, static fn (string $name) => !str_ends_with($name, '.__construct'));
        $wanted = [...array_keys(self::methods()), 'hooks.verify', 'webhooks.verify'];
        sort($own);
        sort($wanted);
        self::assertSame($wanted, $own);
    }

    /** @return array<string, Comserv> */
    private static function clients(RecordingTransport $transport): array
    {
        $url = 'http://127.0.0.1:1';
        return [
            'key' => new Comserv($url, apiKey: 'key', maxRetries: 0, transport: $transport),
            'session' => new Comserv($url, session: true, maxRetries: 0, transport: $transport),
            'oauth' => new Comserv($url, clientId: 'a', clientSecret: 'b', maxRetries: 0, transport: $transport),
        ];
    }

    private static function caller(array $method, RecordingTransport $transport): \Closure
    {
        [$group, $name] = explode('.', $method['name']);
        $resource = self::clients($transport)[$method['client']]->{$group};
        return static function (array $arguments) use ($method, $resource, $name): void {
            $made = $resource->{$name}(...$arguments);
            if ($method['answer'] === 'export' || $method['answer'] === 'stream') {
                $made->getIterator()->current();
            }
        };
    }

    /** @return \Generator<int, array{string, string, mixed, array<string, mixed>}> */
    private static function wrongArguments(array $method): \Generator
    {
        $right = [];
        $options = ['timeoutSeconds' => 'timeout', 'maxRetries' => 'retries'];
        foreach ($method['arguments'] as ['name' => $name, 'is' => $is]) {
            if (isset(self::RIGHT[$is])) {
                $right[$name] = self::RIGHT[$is];
            }
        }
        foreach ($method['arguments'] as $argument) {
            $options[$argument['name']] = $argument['is'];
            foreach ($argument['filters'] ?? [] as $filter) {
                ['expected' => $expected, 'wrong' => $wrong] = self::kind('filter');
                foreach ($wrong as $value) {
                    yield [$expected, $filter, $value, ['query' => [$filter => $value]] + $right];
                }
            }
        }
        $options += $method['takesIdempotencyKey'] ? ['idempotencyKey' => 'idempotencyKey'] : [];
        $options += $method['takesIfMatch'] ? ['ifMatch' => 'ifMatch'] : [];
        foreach ($options as $name => $is) {
            ['expected' => $expected, 'wrong' => $wrong] = self::kind($is);
            foreach ($wrong as $value) {
                yield [$expected, $name, $value, [$name => $value] + $right];
            }
        }
    }

    public function testWrongArgumentsOfVerifyAreNamed(): void
    {
        $headers = ['webhook-id' => '1', 'webhook-timestamp' => '1', 'webhook-signature' => 'v1,a'];
        $right = ['rawBody' => '{}', 'headers' => $headers, 'secret' => 'secret'];
        $wrong = [
            'rawBody' => [null, [], 5, true, new \stdClass(), NAN],
            'headers' => [null, 'text', 5, true, new \stdClass(), static fn () => $headers],
            'secret' => [null, '', ' ', 5, [], new \stdClass()],
            'toleranceSeconds' => [null, '300', -1, 1.5, NAN, true, []],
            'acceptBodySignature' => [null, 'false', 0, 1, []],
            'clock' => [5, 'time', [], new \stdClass(), static fn () => 'now', static fn () => null],
        ];
        $comserv = new Comserv('http://127.0.0.1:1', apiKey: 'key');
        $ways = [
            Webhook::verify(...),
            Hook::verify(...),
            $comserv->webhooks->verify(...),
            $comserv->hooks->verify(...),
        ];
        foreach ($wrong as $name => $values) {
            foreach ($values as $value) {
                $takers = match ($name) {
                    'clock' => [$ways[0], $ways[1]],
                    'acceptBodySignature' => [$ways[0], $ways[2]],
                    default => $ways,
                };
                foreach ($takers as $verify) {
                    $kind = $name === 'secret' ? WebhookVerificationException::class : ConfigurationException::class;
                    self::assertThrown(static fn () => $verify(...[$name => $value] + $right), $kind, "{$name} must");
                }
            }
        }
    }

    public function testWrongArgumentsOfConstructorsAreNamed(): void
    {
        $url = 'http://127.0.0.1:1';
        $wrong = [5, 'text', [], new \stdClass(), true];
        foreach (['clock', 'random', 'sleep'] as $name) {
            foreach ($wrong as $value) {
                $options = ['apiKey' => 'key', $name => $value];
                self::assertRefused(static fn () => new Comserv($url, ...$options), "{$name} must");
            }
        }
        foreach ([...$wrong, static fn () => null] as $value) {
            $options = ['apiKey' => 'key', 'tokenStore' => $value];
            self::assertRefused(static fn () => new Comserv($url, ...$options), 'tokenStore must');
            self::assertRefused(static fn () => new CacheTokenStore($value), 'cache must be a PSR-16 cache');
        }
        foreach ([null, '', 5, [], true, "a\0b", new \stdClass()] as $value) {
            self::assertRefused(static fn () => new FileTokenStore($value), 'The folder for tokens must');
        }
        foreach ([null, 5, 'no_such_function', [], new \stdClass()] as $value) {
            self::assertRefused(static fn () => new ClosureTokenStore($value, static fn () => null), 'read must');
            self::assertRefused(static fn () => new ClosureTokenStore(static fn () => null, $value), 'write must');
        }
        foreach ([null, 5, 'text', true, new \stdClass()] as $value) {
            self::assertRefused(static fn () => new CurlTransport($value), 'The options of curl must be an array');
            self::assertRefused(static fn () => new Psr18Transport($value, $value, $value), 'The client must be');
            self::assertRefused(
                static fn () => new Psr18Transport(static fn () => null, $value, $value),
                'requestFactory must be',
            );
        }
        self::assertRefused(static fn () => new CurlTransport([], 5), 'isCancelled must be a closure');
    }

    public function testAFormatThatIsNoneIsRefused(): void
    {
        $export = (new Comserv('http://127.0.0.1:1', apiKey: 'key'))->users->export();
        foreach ([null, '', 'xml', 5, [], ['csv'], true, new \stdClass()] as $format) {
            self::assertRefused(static fn () => $export->text($format), 'format must be');
            self::assertRefused(static fn () => $export->stream($format)->current(), 'format must be');
        }
    }

    private static function assertRefused(\Closure $call, string $why): void
    {
        self::assertThrown($call, ConfigurationException::class, $why);
    }

    /** @param class-string<\Throwable> $kind */
    private static function assertThrown(\Closure $call, string $kind, string $why): void
    {
        $thrown = null;
        try {
            $call();
        } catch (\Throwable $any) {
            $thrown = $any;
        }
        self::assertNotNull($thrown, "It was not refused: {$why}");
        self::assertSame($kind, $thrown::class, $thrown->getMessage());
        self::assertStringContainsString($why, $thrown->getMessage());
    }
}
