<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception;
use Comserv\Exception\ApiException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Internal\Refusal;
use Comserv\Internal\Unreachable;
use PHPUnit\Framework\TestCase;

final class ErrorsTest extends TestCase
{
    private static TestServer $server;
    private static Comserv $comserv;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        self::$comserv = self::$server->client();
    }

    public function testThereIsOneClassForEachCodeOfTheServerNamedAfterIt(): void
    {
        $guide = (string) file_get_contents(dirname(__DIR__, 3) . '/docs/guides/errors.md');
        // The table of codes in the guide is generated from the server's.
        $table = explode('<!-- end -->', explode('<!-- generated: errors -->', $guide)[1])[0];
        preg_match_all('/^\|[^`\n]*`(\w+)`/m', $table, $codes);
        self::assertGreaterThan(10, count($codes[1]));
        foreach ($codes[1] as $code) {
            $class = Refusal::classOf($code);
            $name = str_replace('_', '', ucwords($code, '_')) . 'Exception';
            self::assertSame("Comserv\\Exception\\{$name}", $class);
            self::assertTrue(is_subclass_of($class, ApiException::class));
        }
        self::assertSame(ApiException::class, Refusal::classOf('not_yet_invented'));
    }

    public function testAnErrorSaysWhatTheServerSaidAndNamesTheRequest(): void
    {
        try {
            self::$comserv->users->get(999);
            self::fail('There is no such user.');
        } catch (ComservException $exception) {
            self::assertInstanceOf(Exception\ResourceNotFoundException::class, $exception);
            self::assertSame(404, $exception->status);
            self::assertSame('resource_not_found', $exception->errorCode);
            self::assertSame('The requested resource does not exist', $exception->title);
            self::assertSame(
                'The requested resource does not exist: There is no user with id 999. '
                    . "(404 resource_not_found, request {$exception->requestId})",
                $exception->getMessage(),
            );
            self::assertSame('There is no user with id 999.', $exception->details);
            self::assertMatchesRegularExpression('/^[0-9a-f-]{36}$/', (string) $exception->requestId);
            self::assertSame(1_000_000, $exception->rateLimit?->limit);
        }
    }

    public function testWhatTheServerRefusesHasTheClassOfItsCode(): void
    {
        $comserv = self::$comserv;
        $reader = self::$server->client('read');
        $id = $comserv->documents->create(['title' => 'Once'], idempotencyKey: 'k')->id;
        $user = ['username' => 'taken', 'email' => 'taken@example.org', 'password' => 'a long enough password'];
        $comserv->users->create($user);
        $large = ['username' => str_repeat('x', 1_100_000)] + $user;
        $wrong = ['email' => 'no address'] + $user;
        $refused = [
            [fn () => $comserv->users->create($wrong), Exception\InvalidRequestException::class],
            [fn () => $reader->users->delete(1), Exception\PermissionDeniedException::class],
            [fn () => $comserv->users->create($user), Exception\ConflictException::class],
            [
                fn () => $comserv->documents->update($id, ['title' => 'x'], ifMatch: '"stale"'),
                Exception\PreconditionFailedException::class,
            ],
            [fn () => $comserv->users->create($large), Exception\PayloadTooLargeException::class],
            [
                fn () => $comserv->documents->create(['title' => 'Twice'], idempotencyKey: 'k'),
                Exception\IdempotencyMismatchException::class,
            ],
        ];
        foreach ($refused as [$call, $class]) {
            self::assertInstanceOf($class, self::exceptionOf($call));
        }
    }

    public function testAnErrorWithoutDetailsOrARequestIdHasAMessageWithoutThem(): void
    {
        $strange = Strange::start([
            'status' => 409,
            'body' => ['error' => ['code' => 'conflict', 'message' => 'It is taken']],
        ]);
        $exception = self::exceptionOf(fn () => (new Comserv($strange->url, apiKey: 'key'))->users->get(1));
        self::assertSame('It is taken (409 conflict)', $exception?->getMessage());
    }

    public function testAMessageSaysWhatToDoWhenAProxyWantsAPasswordOrTheServerDoesNotSpeakTls(): void
    {
        $strange = Strange::start(['status' => 407]);
        $exception = self::exceptionOf(fn () => (new Comserv($strange->url, apiKey: 'key'))->users->get(1));
        self::assertStringContainsString('A proxy wants a user name and password', (string) $exception?->getMessage());
        $plain = new Comserv(str_replace('http:', 'https:', $strange->url), apiKey: 'key', maxRetries: 0);
        foreach ([fn () => $plain->users->get(1), fn () => $plain->users->export()->text('csv')] as $call) {
            $exception = self::exceptionOf($call);
            self::assertInstanceOf(Exception\ConnectionException::class, $exception);
            $expected = 'No response arrived: The server does not speak TLS at this address. Is it http://?';
            self::assertSame($expected, $exception->getMessage());
        }
        $advice = [
            'SSL certificate problem: self-signed certificate (curl 60)' => 'CURLOPT_CAINFO',
            'SSL certificate problem: unable to get local issuer certificate' => 'CURLOPT_CAINFO',
            'CONNECT tunnel failed, response 407 (curl 56)' => 'address of the proxy',
            "Could not resolve 'http://me:hidden@host'\n" => "resolve 'http://***@host'",
        ];
        foreach ($advice as $reason => $expected) {
            $message = Unreachable::because($reason, $plain->baseUrl)->getMessage();
            self::assertStringContainsString($expected, $message);
            self::assertSame(trim($message), $message);
        }
    }

    public function testARedirectIsNotFollowedSoThatTheKeyGoesNowhereElse(): void
    {
        $elsewhere = Strange::start(['body' => []]);
        $headers = ['location' => "{$elsewhere->url}/api/v1/users/1"];
        $here = Strange::start(['status' => 307, 'headers' => $headers]);
        $exception = self::exceptionOf(fn () => (new Comserv($here->url, apiKey: 'key'))->users->get(1));
        self::assertInstanceOf(ApiException::class, $exception);
        self::assertSame([307, 'unexpected_answer'], [$exception->status, $exception->errorCode]);
        self::assertCount(1, $here->requests());
        self::assertCount(0, $elsewhere->requests());
    }

    public function testAnAnswerThatIsNotTheApisIsToldAsSuch(): void
    {
        $html = ['headers' => ['content-type' => 'text/html'], 'body' => '<h1>Welcome</h1>'];
        $half = ['headers' => ['content-type' => 'application/json'], 'body' => '{"id":'];
        $strange = Strange::start($html, $half, ['body' => ['hello' => 'world']], ['body' => [1]]);
        $lost = new Comserv($strange->url, apiKey: 'key');
        foreach ([1, 2, 3, 4] as $_) {
            $exception = self::exceptionOf(fn () => $lost->users->get(1));
            self::assertInstanceOf(ApiException::class, $exception);
            self::assertSame('unexpected_answer', $exception->errorCode);
            self::assertStringContainsString('Is baseUrl right?', $exception->details);
        }
        self::assertStringContainsString('the field id should be an integer', $exception->details);
        self::assertInstanceOf(ApiException::class, self::exceptionOf(fn () => $lost->users->list()));
    }

    public function testJsonIsUtf8WithOrWithoutAByteOrderMark(): void
    {
        $headers = ['content-type' => 'application/json'];
        $strange = Strange::start(['headers' => $headers, 'body' => "\u{FEFF}{\"status\":\"ok\"}"]);
        self::assertSame('ok', (new Comserv($strange->url, apiKey: 'key'))->health->live()->status);
    }

    public function testAListWhoseNextPageRepeatsEndsWithAnException(): void
    {
        $page = static fn (string $cursor): array => [
            'body' => ['data' => [], 'meta' => ['current_page' => 1, 'total_pages' => 9, 'total_count' => 9]],
            'headers' => ['link' => "</api/v1/users?cursor={$cursor}>; rel=\"next\""],
        ];
        $strange = Strange::start($page('a'), $page('b'), $page('a'));
        $users = (new Comserv($strange->url, apiKey: 'key'))->users;
        $exception = self::exceptionOf(fn () => iterator_to_array($users->list(), false));
        self::assertStringContainsString('would never end', (string) $exception?->getMessage());
        self::assertCount(3, $strange->requests());
    }

    public function testFieldsOfANewerServerArePassedOver(): void
    {
        $strange = Strange::start(['body' => ['status' => 'ok', 'weather' => 'fine']]);
        $health = (new Comserv($strange->url, apiKey: 'key'))->health->live();
        self::assertSame('{"status":"ok"}', json_encode($health));
    }

    /** @return array<string, array{array<string, mixed>, string}> */
    public static function wrongOptions(): array
    {
        $url = 'http://127.0.0.1:3000';
        return [
            'nobody' => [['baseUrl' => $url], '/Pass either/'],
            'two' => [
                ['baseUrl' => $url, 'apiKey' => 'a', 'clientId' => 'x', 'clientSecret' => 'y'],
                '/Pass either/',
            ],
            'no secret' => [['baseUrl' => $url, 'clientId' => 'x'], '/^clientSecret must be/'],
            'a line break' => [['baseUrl' => $url, 'apiKey' => "key\n"], '/^apiKey must be .*line break/'],
            'an empty key' => [['baseUrl' => $url, 'apiKey' => ''], '/^apiKey must be .*missing/'],
            'no address' => [['baseUrl' => '', 'apiKey' => 'a'], '/^baseUrl must be/'],
            'half an address of IPv6' => [['baseUrl' => 'http://[::1', 'apiKey' => 'a'], '/^baseUrl must be/'],
            'no address of IPv6' => [['baseUrl' => 'http://[::g]', 'apiKey' => 'a'], '/^baseUrl must be/'],
            'no scheme' => [['baseUrl' => 'comserv.example.org', 'apiKey' => 'a'], '/^baseUrl must be/'],
            'another scheme' => [['baseUrl' => 'ftp://comserv.example.org', 'apiKey' => 'a'], '/^baseUrl must be/'],
            'a password in the address' => [
                ['baseUrl' => 'https://me:secret@comserv.example.org', 'apiKey' => 'a'],
                '/user name/',
            ],
            'no time' => [['baseUrl' => $url, 'apiKey' => 'a', 'timeoutSeconds' => 0.0], '/^timeoutSeconds/'],
            'retries' => [['baseUrl' => $url, 'apiKey' => 'a', 'maxRetries' => -1], '/^maxRetries/'],
        ];
    }

    /**
     * @dataProvider wrongOptions
     * @param array<string, mixed> $options
     */
    public function testOptionsThatCannotWorkAreRefusedWhenTheClientIsMade(array $options, string $message): void
    {
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessageMatches($message);
        new Comserv(...$options);
    }

    public function testBaseUrlMayEndWithASlashOrWithApiV1AndHaveAPath(): void
    {
        $key = self::$server->credential('admin')['client_secret'];
        foreach (['/', '/api/v1', '/api/v1/'] as $ending) {
            $comserv = new Comserv(self::$server->url . $ending, apiKey: $key);
            self::assertGreaterThan(0, $comserv->credentials->list()->meta->total_count);
        }
        $behind = new Comserv('https://example.org/comserv/', apiKey: 'key');
        self::assertSame('https://example.org/comserv', $behind->baseUrl);
    }

    public function testWhatCannotBeSentIsRefusedBeforeItIs(): void
    {
        $strange = Strange::start(['status' => 204]);
        $comserv = new Comserv($strange->url, apiKey: 'key');
        $circle = ['title' => 'x'];
        $circle['self'] = &$circle;
        $item = ['action' => 'create'];
        $item['data'] = ['items' => [&$item]];
        $wrong = [
            'an id' => fn () => $comserv->users->get(-1),
            'a line break in a key' => fn () => $comserv->users->restore(1, idempotencyKey: "a\r\nx-evil: 1"),
            'a line break in an ETag' => fn () => $comserv->users->delete(1, ifMatch: "\"a\"\nx-evil: 1"),
            'no UTF-8' => fn () => $comserv->documents->create(['title' => "\xff"]),
            'no parameter' => fn () => $comserv->users->list(['q' => ['a']]),
            'no format' => fn () => $comserv->users->export()->text('xml'),
            'no time' => fn () => $comserv->users->get(1, timeoutSeconds: 0.0),
            'an array that contains itself' => fn () => $comserv->documents->create($circle),
            'a batch that contains itself' => fn () => $comserv->documents->batch([$item]),
        ];
        foreach ($wrong as $name => $call) {
            self::assertInstanceOf(ConfigurationException::class, self::exceptionOf($call), $name);
        }
        self::assertSame([], $strange->requests());
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
