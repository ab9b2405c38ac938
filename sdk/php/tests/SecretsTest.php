<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ComservException;
use Comserv\Webhook;
use PHPUnit\Framework\TestCase;

/** Nothing but a text is taken for a secret, at construction and in every call that takes one. */
final class SecretsTest extends TestCase
{
    private const VALUE = 'kept-out-of-every-message';

    /** @return array<string, array{mixed}> */
    public static function noTexts(): array
    {
        return [
            'null' => [null],
            'false, a variable that is not set' => [false],
            'true' => [true],
            'an integer' => [12345678],
            'a float' => [1.5],
            'empty' => [''],
            'a list' => [[self::VALUE]],
            'an object' => [(object) ['secret' => self::VALUE]],
            'what can be cast to a text' => [new class (self::VALUE) implements \Stringable {
                public function __construct(private readonly string $text)
                {
                }

                public function __toString(): string
                {
                    return $this->text;
                }
            }],
        ];
    }

    /** @dataProvider noTexts */
    public function testAClientIsNotMadeWithIt(mixed $value): void
    {
        $url = 'https://comserv.example.org';
        foreach (
            [
                fn () => new Comserv($url, apiKey: $value),
                fn () => new Comserv($url, clientId: 'id', clientSecret: $value),
                fn () => new Comserv($url, clientId: $value, clientSecret: 'secret'),
            ] as $make
        ) {
            $this->assertRefused($make);
        }
    }

    /** @dataProvider noTexts */
    public function testNoCallSendsIt(mixed $value): void
    {
        $strange = Strange::start(['body' => []]);
        $client = new Comserv($strange->url, clientId: 'id', clientSecret: 'secret');
        $person = new Comserv($strange->url, session: true);
        $user = ['username' => 'ada', 'email' => 'ada@example.org', 'password' => $value];
        $hook = ['url' => 'https://receiver.example', 'events' => ['ping'], 'secret' => $value];
        foreach (
            [
                fn () => $client->oauth->revokeToken($value),
                fn () => $client->oauth->introspectToken($value),
                fn () => $person->users->create($user),
                fn () => $person->users->update(1, ['password' => $value]),
                fn () => $person->users->batch([['action' => 'create', 'data' => $user]]),
                fn () => $person->webhooks->create($hook),
                fn () => $person->me->changePassword(['current_password' => $value, 'new_password' => 'another one']),
                fn () => $person->me->changePassword(['current_password' => 'this one', 'new_password' => $value]),
                fn () => $person->session->signIn(['username' => 'ada', 'password' => $value]),
                fn () => $person->setup->create(['token' => $value] + $user),
            ] as $call
        ) {
            $this->assertRefused($call);
        }
        foreach ($strange->requests() as $request) {
            self::assertSame('/api/v1/session', $request['url']);
            self::assertSame('GET', $request['method'], 'only the CSRF token was asked for');
        }
    }

    /** @dataProvider noTexts */
    public function testABodyThatIsNoneAndNoHeadersAreRefused(mixed $value): void
    {
        if (!is_string($value)) {
            $this->assertRefused(fn () => Webhook::verify($value, [], 'a secret'));
        }
        if (!is_array($value)) {
            $this->assertRefused(fn () => Webhook::verify('', $value, 'a secret'));
        }
    }

    private function assertRefused(\Closure $do): void
    {
        try {
            $do();
        } catch (ComservException $exception) {
            self::assertInstanceOf(ConfigurationException::class, $exception, $exception->getMessage());
            self::assertStringNotContainsString(self::VALUE, (string) $exception);
            return;
        }
        self::fail('It was taken.');
    }
}
