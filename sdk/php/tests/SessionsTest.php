<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\PermissionDeniedException;
use Comserv\Exception\RateLimitExceededException;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use Comserv\Transport\Transport;
use GuzzleHttp\Client;
use GuzzleHttp\Psr7\HttpFactory;
use PHPUnit\Framework\TestCase;

/** A script that acts as a person: the cookie is kept, and a change carries the CSRF token. */
final class SessionsTest extends TestCase
{
    private const SESSION = '/api/v1/session';
    private const DOCUMENTS = '/api/v1/documents';
    private const COOKIE = 'comserv_session';

    private static TestServer $server;
    private RecordingTransport $traffic;
    private Comserv $comserv;

    public static function setUpBeforeClass(): void
    {
        require_once 'GuzzleHttp/autoload.php';
        self::$server = TestServer::start();
    }

    protected function setUp(): void
    {
        $this->comserv = $this->client();
    }

    private function client(?Transport $transport = null): Comserv
    {
        $this->traffic = new RecordingTransport($transport ?? new CurlTransport());
        return new Comserv(self::$server->url, session: true, transport: $this->traffic);
    }

    /** @return array{username: string, password: string} */
    private function signedIn(string $role = 'admin'): array
    {
        $person = self::$server->person($role);
        $this->comserv->session->signIn($person);
        return $person;
    }

    /** @return array<string, mixed> as a server would answer it */
    private static function answer(string $csrfToken): array
    {
        $instant = '2026-01-15T08:30:00Z';
        $profile = ['first_name' => null, 'last_name' => null, 'phone' => null, 'bio' => null];
        $user = ['id' => 1, 'username' => 'root', 'email' => 'root@example.org', 'role' => 'admin']
            + ['status' => 'active', 'created_at' => $instant, 'last_login' => null, 'profile' => $profile];
        return ['id' => 1, 'user' => $user, 'scopes' => ['admin'], 'system_account_id' => null]
            + ['csrf_token' => $csrfToken, 'created_at' => $instant, 'expires_at' => $instant];
    }

    /** @return list<string> */
    private function steps(): array
    {
        return array_map(static fn (array $one): string => "{$one['method']} {$one['status']}", $this->traffic->seen);
    }

    /** @return list<array{Transport}> */
    public function transports(): array
    {
        require_once 'GuzzleHttp/autoload.php';
        $factory = new HttpFactory();
        return [[new CurlTransport()], [new Psr18Transport(new Client(), $factory, $factory)]];
    }

    /** @dataProvider transports */
    public function testAfterSigningInChangesCarryTheCsrfTokenWithoutAskingForIt(Transport $transport): void
    {
        $this->comserv = $this->client($transport);
        ['username' => $username] = $this->signedIn();
        self::assertSame('By hand', $this->comserv->documents->create(['title' => 'By hand'])->title);
        self::assertSame($username, $this->comserv->me->get()->username);
        self::assertSame(['POST 201', 'POST 201', 'GET 200'], $this->steps());
        [$signIn, $change, $reading] = array_column($this->traffic->seen, 'headers');
        self::assertArrayNotHasKey('cookie', $signIn);
        self::assertMatchesRegularExpression('/^' . self::COOKIE . '=[\w-]{43}$/', $change['cookie']);
        self::assertArrayHasKey('x-csrf-token', $change);
        self::assertSame($change['cookie'], $reading['cookie']);
        self::assertArrayNotHasKey('x-csrf-token', $reading);
    }

    public function testAChangeWithTheTokenOfAnotherSessionIsRefusedRenewedAndDoneOnce(): void
    {
        $person = $this->signedIn();
        $this->comserv->me->get();
        $other = $this->traffic->seen[1]['headers']['cookie'];
        $transport = new CookieTransport();
        $this->comserv = $this->client($transport);
        $this->comserv->session->signIn($person);
        $transport->cookie = $other;
        $id = $this->comserv->documents->create(['title' => 'Refused at first'])->id;
        self::assertSame(['POST 201', 'POST 403', 'GET 200', 'POST 201'], $this->steps());
        self::assertSame('Refused at first', $this->comserv->documents->get($id)->title);
        [$refused, $done] = array_column($this->traffic->of(self::DOCUMENTS), 'headers');
        self::assertNotSame($refused['x-csrf-token'], $done['x-csrf-token']);
        self::assertSame($refused['idempotency-key'], $done['idempotency-key']);
    }

    public function testWhatCurrentAnswersIsRememberedInPlaceOfWhatWasKnown(): void
    {
        $strange = Strange::start(
            ['status' => 201, 'body' => self::answer('first'), 'headers' => ['set-cookie' => self::COOKIE . '=abc']],
            ['body' => self::answer('second')],
            ['status' => 204],
        );
        $comserv = new Comserv($strange->url, session: true);
        $comserv->session->signIn(['username' => 'root', 'password' => 'correct horse']);
        $comserv->session->current();
        $comserv->me->endSession(2);
        $headers = array_column($strange->requests(), 'headers');
        self::assertSame(self::COOKIE . '=abc', $headers[1]['cookie']);
        self::assertSame('second', $headers[2]['x-csrf-token']);
    }

    public function testTheFirstAdministratorIsSignedInOnceMade(): void
    {
        $cookies = ['__Host-comserv_session=abc; Path=/; Secure', self::COOKIE . '=abc; Path=/; HttpOnly'];
        $strange = Strange::start(
            ['status' => 201, 'body' => self::answer('of-setup'), 'headers' => ['set-cookie' => $cookies]],
            ['status' => 204],
        );
        $comserv = new Comserv($strange->url, session: true);
        $person = ['username' => 'root', 'email' => 'root@example.org', 'password' => 'correct horse'];
        self::assertSame('root', $comserv->setup->create(['token' => 'printed'] + $person)->user->username);
        $comserv->me->changePassword(['current_password' => 'correct horse', 'new_password' => 'battery staple']);
        [, $change] = array_column($strange->requests(), 'headers');
        self::assertSame([self::COOKIE . '=abc', 'of-setup'], [$change['cookie'], $change['x-csrf-token']]);
    }

    public function testWhatTheRoleDoesNotAllowStaysRefusedWithoutASecondAttempt(): void
    {
        $this->signedIn('normal');
        try {
            $this->comserv->documents->create(['title' => 'Not mine to write']);
            self::fail('The role does not allow it.');
        } catch (PermissionDeniedException) {
            self::assertCount(1, $this->traffic->of(self::DOCUMENTS));
        }
    }

    public function testSignedOutCallsEndInAuthenticationFailedAlsoAChangeAndSigningInAgainWorks(): void
    {
        $person = $this->signedIn();
        self::assertSame(204, $this->comserv->session->signOut()->status);
        $this->requireSignedOut();
        $last = $this->traffic->seen[count($this->traffic->seen) - 1];
        self::assertArrayNotHasKey('cookie', $last['headers']);
        self::assertCount(0, $this->traffic->of(self::DOCUMENTS));
        $this->comserv->session->signIn($person);
        self::assertSame('Back', $this->comserv->documents->create(['title' => 'Back'])->title);
    }

    public function testASessionThatWasEndedElsewhereEndsInAuthenticationFailedUntilSomebodySignsInAgain(): void
    {
        $person = $this->signedIn();
        $other = new Comserv(self::$server->url, session: true);
        $other->session->signIn($person);
        foreach ($other->me->sessions() as $session) {
            if (!$session->current) {
                $other->me->endSession($session->id);
            }
        }
        $this->requireSignedOut();
        $this->comserv->session->signIn($person);
        self::assertSame($person['username'], $this->comserv->session->current()->user->username);
    }

    public function testAWrongPasswordIsAnsweredAtOnce(): void
    {
        try {
            $this->comserv->session->signIn(['username' => 'nobody', 'password' => 'wrong password']);
            self::fail('The password is wrong.');
        } catch (AuthenticationFailedException) {
            self::assertSame(['POST 401'], $this->steps());
        }
    }

    public function testTooManyAttemptsToSignInAreToldAtOnceAndNotWaitedFor(): void
    {
        $strict = TestServer::start(['COMSERV_RATE_LIMIT_SIGN_IN' => '1']);
        $slept = [];
        $sleep = static function (float $seconds) use (&$slept): void {
            $slept[] = $seconds;
        };
        $comserv = new Comserv($strict->url, session: true, sleep: $sleep);
        $person = ['username' => 'x', 'password' => 'correct horse'];
        foreach ([AuthenticationFailedException::class, RateLimitExceededException::class] as $wanted) {
            try {
                $comserv->session->signIn($person);
                self::fail('There is nobody of that name.');
            } catch (AuthenticationFailedException | RateLimitExceededException $exception) {
                self::assertInstanceOf($wanted, $exception);
            }
        }
        self::assertSame(60, $exception->retryAfterSeconds);
        self::assertSame([], $slept);
    }

    public function testACookieForHttpsAloneIsRefusedOverHttpWithTheRemedy(): void
    {
        $headers = ['set-cookie' => '__Host-comserv_session=abc; Path=/; Secure'];
        $strange = Strange::start(['status' => 201, 'body' => self::answer('token'), 'headers' => $headers]);
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessage('use an https baseUrl');
        (new Comserv($strange->url, session: true))->session->signIn(['username' => 'x', 'password' => 'y']);
    }

    public function testAClientWithACredentialSignsNobodyInAndASessionIsNotGivenBesideOne(): void
    {
        try {
            self::$server->client('admin', $this->traffic)->session->signIn(self::$server->person('normal'));
            self::fail('It would lose the session.');
        } catch (ConfigurationException) {
            self::assertSame([], $this->traffic->seen);
        }
        $this->expectException(ConfigurationException::class);
        new Comserv(self::$server->url, apiKey: 'key', session: true);
    }

    private function requireSignedOut(): void
    {
        $calls = [
            fn () => $this->comserv->session->current(),
            fn () => $this->comserv->documents->create(['title' => 'Too late']),
        ];
        foreach ($calls as $call) {
            try {
                $call();
                self::fail('Nobody is signed in.');
            } catch (AuthenticationFailedException $exception) {
                self::assertSame(401, $exception->status);
            }
        }
    }
}
