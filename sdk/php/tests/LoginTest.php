<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\DeviceCode;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\InvalidRequestException;
use PHPUnit\Framework\TestCase;

final class LoginTest extends TestCase
{
    private const TOKEN = '/api/v1/oauth/token';

    private static TestServer $server;
    private static string $clientId;
    /** @var array{username: string, password: string} */
    private static array $person;
    private RecordingTransport $traffic;
    /** @var list<float> */
    private array $waits = [];

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        $admin = new Comserv(self::$server->url, apiKey: self::$server->credential('admin')['client_secret']);
        self::$person = self::$server->person('editor');
        self::$clientId = $admin->applications->create([
            'name' => 'Archive tool',
            'kind' => 'native',
            'redirect_uris' => [],
            'scopes' => ['documents:read'],
        ])->client_id;
    }

    /** A program whose time is that of the server. */
    private function login(\Closure $show, ?\Closure $load = null, ?\Closure $save = null): Comserv
    {
        $this->traffic = new RecordingTransport();
        return Comserv::login(
            self::$server->url,
            self::$clientId,
            'openid profile documents:read',
            $show,
            loadRefreshToken: $load,
            saveRefreshToken: $save,
            transport: $this->traffic,
            clock: self::$server->now(...),
            sleep: function (float $seconds): void {
                $this->waits[] = $seconds;
                self::$server->advance($seconds);
            },
        );
    }

    private static function press(DeviceCode $code): void
    {
        self::$server->pressDevice(self::$person, $code->userCode);
    }

    public function testAPersonEntersTheCodeAndTheClientActsForThemForLongerThanATokenLives(): void
    {
        $shown = null;
        $comserv = $this->login(static function (DeviceCode $code) use (&$shown): void {
            $shown = $code;
            self::press($code);
        });
        self::assertSame([5.0], $this->waits);
        self::assertInstanceOf(DeviceCode::class, $shown);
        self::assertSame(self::$server->url . '/device', $shown->verificationUri);
        self::assertSame("{$shown->verificationUri}?user_code={$shown->userCode}", $shown->verificationUriComplete);
        self::assertSame(self::$person['username'], $comserv->oauth->userInfo()->preferred_username);
        $before = count($this->traffic->of(self::TOKEN));
        self::$server->advance(7_200);
        $comserv->documents->list();
        $comserv->documents->list();
        self::assertCount($before + 1, $this->traffic->of(self::TOKEN));
        self::assertSame('person', $comserv->jsonSerialize()['authentication']);
        self::assertStringNotContainsString('cs_refresh_', print_r($comserv, true));
    }

    public function testWhatIsSavedSignsInAgainWithoutACodeUntilThePersonEndsIt(): void
    {
        $saved = [];
        $asked = 0;
        $show = static function (DeviceCode $code) use (&$asked): void {
            $asked++;
            self::press($code);
        };
        $load = static function () use (&$saved): ?string {
            return end($saved) ?: null;
        };
        $save = static function (?string $token) use (&$saved): void {
            $saved[] = $token;
        };
        $this->login($show, $load, $save)->documents->list();
        $again = $this->login($show, $load, $save);
        $again->documents->list();
        self::assertSame(1, $asked);
        self::assertSame(count($saved), count(array_unique($saved)));
        $again->oauth->revokeToken((string) end($saved));
        try {
            $again->documents->list();
            self::fail('The token was revoked.');
        } catch (InvalidRequestException $exception) {
            self::assertStringContainsString('The refresh token is not known', $exception->getMessage());
        }
        $this->login($show, $load, $save);
        self::assertSame(2, $asked);
    }

    public function testSigningOutEndsTheAccessAtTheServerAndForgetsTheToken(): void
    {
        $saved = [];
        $comserv = $this->login(self::press(...), save: static function (?string $token) use (&$saved): void {
            $saved[] = $token;
        });
        $comserv->documents->list();
        $token = end($saved);
        self::assertIsString($token);
        $comserv->signOut();
        self::assertNull(end($saved));
        $comserv->signOut();
        foreach (
            [
                [$comserv, ConfigurationException::class, 'has signed out of this client'],
                [
                    new Comserv(self::$server->url, clientId: self::$clientId, refreshToken: $token),
                    InvalidRequestException::class,
                    'The refresh token is not known',
                ],
            ] as [$client, $class, $message]
        ) {
            try {
                $client->documents->list();
                self::fail('Nobody is signed in.');
            } catch (ConfigurationException | InvalidRequestException $exception) {
                self::assertInstanceOf($class, $exception);
                self::assertStringContainsString($message, $exception->getMessage());
            }
        }
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessage('that a person signed in to can sign out');
        (new Comserv(self::$server->url, apiKey: self::$server->credential('admin')['client_secret']))->signOut();
    }

    public function testATokenThatCouldNotBeSavedIsNotLost(): void
    {
        $fails = false;
        $comserv = $this->login(self::press(...), save: static function () use (&$fails): void {
            if ($fails) {
                throw new \RuntimeException('The disk is full.');
            }
        });
        $fails = true;
        try {
            $comserv->documents->list();
            self::fail('It was not saved.');
        } catch (\RuntimeException $exception) {
            self::assertSame('The disk is full.', $exception->getMessage());
        }
        $fails = false;
        self::assertGreaterThanOrEqual(0, $comserv->documents->list()->meta->total_count);
    }

    public function testThePersonMayRefuseOrNeverCome(): void
    {
        try {
            $this->login(static function (DeviceCode $code): void {
                self::$server->pressDevice(self::$person, $code->userCode, 'deny');
            });
            self::fail('The person refused.');
        } catch (InvalidRequestException $exception) {
            self::assertStringContainsString('access_denied: The person did not allow it', $exception->getMessage());
        }
        $this->waits = [];
        try {
            $this->login(static fn (DeviceCode $code) => null);
            self::fail('Nobody came.');
        } catch (InvalidRequestException $exception) {
            self::assertStringContainsString('expired_token', $exception->getMessage());
        }
        self::assertSame(600.0, array_sum($this->waits));
    }

    public function testWrongArgumentsAreNamedBeforeAnythingIsSent(): void
    {
        foreach (
            [
                'clientId' => ['', 'read', null],
                'scope' => ['cs_app_1', null, null],
                'saveRefreshToken' => ['cs_app_1', 'read', 'file'],
            ] as $name => [$clientId, $scope, $save]
        ) {
            try {
                Comserv::login('http://127.0.0.1:9', $clientId, $scope, saveRefreshToken: $save);
                self::fail("{$name} is wrong.");
            } catch (ConfigurationException $exception) {
                self::assertStringContainsString($name, $exception->getMessage());
            }
        }
    }
}
