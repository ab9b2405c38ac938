<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConnectionException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Internal\Hidden;
use Comserv\Transport\Reply;
use Comserv\Transport\Request;
use Comserv\Transport\Transport;
use PHPUnit\Framework\TestCase;

/** With `zend.exception_ignore_args` off, as phpunit.xml has it: a trace would show the arguments of every call. */
final class RedactionTest extends TestCase
{
    private static TestServer $server;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        self::assertSame('0', ini_get('zend.exception_ignore_args'));
    }

    /** Everything that a program might print of a value, at its most curious. */
    private static function printed(mixed $value): string
    {
        ob_start();
        var_dump($value);
        print_r($value);
        // Exporting what refers to itself warns.
        @var_export($value);
        if (is_object($value)) {
            var_dump((array) $value, get_object_vars($value));
            foreach ((new \ReflectionObject($value))->getProperties() as $property) {
                @var_export($property->getValue($value));
            }
        }
        echo json_encode($value, JSON_PARTIAL_OUTPUT_ON_ERROR);
        if ($value instanceof \Throwable) {
            echo $value, $value->getTraceAsString();
            var_dump($value->getTrace(), $value->getPrevious());
        }
        try {
            echo serialize($value);
        } catch (\Exception $exception) {
            echo $exception;
        }
        return (string) ob_get_clean();
    }

    /**
     * @param list<string> $secrets
     * @param array<string, mixed> $values
     */
    private static function requireNone(array $secrets, array $values): void
    {
        foreach ($values as $name => $value) {
            $printed = self::printed($value);
            self::assertGreaterThan(20, strlen($printed));
            foreach ($secrets as $secret) {
                self::assertGreaterThan(10, strlen($secret), 'there is a secret to look for');
                self::assertStringNotContainsString($secret, $printed, "{$name} shows a secret");
            }
        }
    }

    private static function exceptionOf(\Closure $call): ComservException
    {
        try {
            $call();
        } catch (ComservException $exception) {
            return $exception;
        }
        self::fail('It succeeded.');
    }

    /**
     * What a fault that is not the package's own shows of the package's calls. The arguments of the test itself hold
     * the secrets, as its variables do.
     *
     * @return list<array<string, mixed>>
     */
    private static function framesOf(\Closure $call): array
    {
        try {
            $call();
        } catch (\LogicException | ConnectionException $exception) {
            return array_values(array_filter($exception->getTrace(), static fn (array $frame): bool
                => preg_match('/^Comserv\\\\(?!Tests)/', $frame['class'] ?? '') === 1));
        }
        self::fail('It succeeded.');
    }

    public function testNeitherSecretNorTokenIsShownByTheClientItsPartsAnswersOrExceptions(): void
    {
        ['client_id' => $id, 'client_secret' => $secret] = self::$server->credential('admin');
        $token = '';
        $transport = new RecordingTransport(before: static function (Request $request) use (&$token): void {
            $token = str_replace('Bearer ', '', $request->headers()['authorization'] ?? $token);
        });
        $comserv = new Comserv(self::$server->url, clientId: $id, clientSecret: $secret);
        $watched = new Comserv(self::$server->url, clientId: $id, clientSecret: $secret, transport: $transport);
        $watched->users->list();
        $page = $comserv->users->list();
        $slow = ['clientId' => $id, 'clientSecret' => $secret, 'timeoutSeconds' => 0.02, 'maxRetries' => 0];
        $hanging = Strange::start(['hang' => true])->url;
        $url = self::$server->url;
        self::requireNone([$secret, $token], [
            'client' => $comserv,
            ...array_diff_key(get_object_vars($comserv), ['baseUrl' => true, 'authentication' => true]),
            'page' => $page,
            'response' => $page->response,
            'export' => $comserv->users->export(),
            'not found' => self::exceptionOf(fn () => $comserv->users->get(999)),
            'timeout' => self::exceptionOf(fn () => (new Comserv($hanging, ...$slow))->users->list()),
            'refused' => self::exceptionOf(fn () => (new Comserv('http://127.0.0.1:1', ...$slow))->users->list()),
            'wrong' => self::exceptionOf(
                fn () => (new Comserv($url, ...['clientId' => 'other'] + $slow))->users->list(),
            ),
            'token' => self::exceptionOf(fn () => $comserv->oauth->introspectToken($token, timeoutSeconds: -1.0)),
        ]);
    }

    public function testNorIsAnApiKeyNotEvenOneThatNoHeaderCanCarry(): void
    {
        $key = self::$server->credential('read')['client_secret'];
        $comserv = new Comserv(self::$server->url, apiKey: $key);
        self::requireNone([$key], [
            'client' => $comserv,
            'users' => $comserv->users,
            'broken' => self::exceptionOf(fn () => new Comserv(self::$server->url, apiKey: "{$key}\n")),
            'denied' => self::exceptionOf(fn () => $comserv->users->delete(1)),
            'request' => new Request('GET', 'http://here', ['x-api-key' => $key], "token={$key}", 1.0),
            'hidden' => new Hidden($key),
        ]);
    }

    public function testNorIsAPasswordThatWasSentOrTheSecretOfAWebhook(): void
    {
        $comserv = self::$server->client('read');
        $user = ['username' => 'x', 'email' => 'no address', 'password' => 'a-password-of-mine'];
        $secret = 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0';
        self::requireNone(['a-password-of-mine', $secret], [
            'denied' => self::exceptionOf(fn () => $comserv->users->create($user)),
            'no UTF-8' => self::exceptionOf(fn () => $comserv->users->create(['email' => "\xff"] + $user)),
            'verification' => self::exceptionOf(fn () => $comserv->webhooks->verify('{}', [], $secret)),
        ]);
    }

    public function testNorAreTheCookieOfASessionItsCsrfTokenAndThePassword(): void
    {
        $traffic = new RecordingTransport();
        $comserv = new Comserv(self::$server->url, session: true, transport: $traffic);
        $person = self::$server->person('normal');
        $session = $comserv->session->signIn($person);
        $page = $comserv->me->sessions();
        $cookie = explode('=', $traffic->seen[1]['headers']['cookie'])[1];
        // Without the transport that wrote them down.
        $plain = new Comserv(self::$server->url, session: true);
        $plain->session->signIn($person);
        $kept = new \ReflectionProperty($plain->me, 'http');
        $authentication = $kept->getValue($plain->me)->session();
        $own = $authentication->headers('POST');
        $secrets = [$person['password'], explode('=', $own['cookie'])[1], $own['x-csrf-token']];
        $fails = new class implements Transport {
            public function send(Request $request): Reply
            {
                throw new \LogicException('A fault of the transport');
            }
        };
        $broken = new Comserv(self::$server->url, session: true, transport: $fails);
        $frames = self::framesOf(fn () => $broken->session->signIn($person));
        self::assertContains('signIn', array_column($frames, 'function'));
        self::requireNone($secrets, [
            'client' => $plain,
            ...array_diff_key(get_object_vars($plain), ['baseUrl' => true, 'authentication' => true]),
            'authentication' => $authentication,
            'page' => $plain->me->sessions(),
            'denied' => self::exceptionOf(fn () => $plain->documents->create(['title' => 'Not mine'])),
            'wrong' => self::exceptionOf(fn () => $plain->me->changePassword(
                ['current_password' => "not {$person['password']}", 'new_password' => $person['password']],
            )),
            'invalid' => self::exceptionOf(fn () => $plain->session->signIn(['name' => 'x'] + $person)),
            'fault' => $frames,
        ]);
        self::requireNone([$person['password'], $cookie], [
            'session' => $session,
            'response' => $session->response,
            'page of the other' => $page->response,
        ]);
        ob_start();
        var_dump($session);
        print_r($session);
        self::assertStringNotContainsString($session->csrf_token, (string) ob_get_clean());
    }

    public function testAClientSaysWhereItGoesAndHowAndNoMore(): void
    {
        $comserv = new Comserv('https://comserv.example.org', apiKey: 'cs_live_secret');
        $shown = '{"baseUrl":"https://comserv.example.org","authentication":"apiKey"}';
        self::assertSame($shown, json_encode($comserv, JSON_UNESCAPED_SLASHES));
        self::assertSame(json_decode($shown, true), $comserv->__debugInfo());
        $this->expectException(ConfigurationException::class);
        serialize($comserv);
    }

    public function testASecretThatWasAskedForIsThereToBeReadButShowsInNoDump(): void
    {
        $comserv = self::$server->client();
        $webhook = $comserv->webhooks->create(['url' => 'https://example.org/', 'events' => ['user.created']]);
        $credential = $comserv->credentials->create(['name' => 'Reports', 'scopes' => ['read']]);
        ob_start();
        var_dump($webhook, $credential);
        print_r([$webhook, $credential]);
        $printed = (string) ob_get_clean();
        foreach ([$webhook->secret, $credential->client_secret] as $secret) {
            self::assertGreaterThan(10, strlen($secret));
            self::assertStringNotContainsString($secret, $printed);
        }
        self::assertStringContainsString($webhook->secret, (string) json_encode($webhook, JSON_UNESCAPED_SLASHES));
    }

    public function testAnswersCanBeSerializedAndAreTheSameAfterwards(): void
    {
        $document = self::$server->client()->documents->create(['title' => 'Cached']);
        self::assertEquals($document, unserialize(serialize($document)));
    }
}
