<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ApiException;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConnectionException;
use Comserv\Exception\PermissionDeniedException;
use PHPUnit\Framework\TestCase;

final class TokensTest extends TestCase
{
    private const TOKEN = '/api/v1/oauth/token';

    private static TestServer $server;
    private RecordingTransport $traffic;
    private int $credential;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
    }

    private function client(?string $scope = null, ?\Closure $before = null): Comserv
    {
        ['id' => $this->credential, 'client_id' => $id, 'client_secret' => $secret]
            = self::$server->credential('read write');
        $this->traffic = new RecordingTransport(before: $before);
        return new Comserv(
            self::$server->url,
            clientId: $id,
            clientSecret: $secret,
            scope: $scope,
            maxRetries: 0,
            transport: $this->traffic,
            clock: self::$server->now(...),
        );
    }

    public function test50CallsFetchOneToken(): void
    {
        $comserv = $this->client();
        foreach (range(1, 50) as $_) {
            $comserv->users->list();
        }
        self::assertCount(1, $this->traffic->of(self::TOKEN));
        self::assertCount(50, $this->traffic->of('/api/v1/users'));
        self::assertSame([200], array_values(array_unique(array_column($this->traffic->seen, 'status'))));
    }

    public function testATokenIsFetchedAnew60SecondsBeforeItExpiresAndNotSooner(): void
    {
        $comserv = $this->client();
        $comserv->users->list();
        self::$server->advance(3_539.0);
        $comserv->users->list();
        self::assertCount(1, $this->traffic->of(self::TOKEN));
        self::$server->advance(1.0);
        $comserv->users->list();
        $comserv->users->list();
        self::assertCount(2, $this->traffic->of(self::TOKEN));
    }

    public function testATokenResponseThatBreaksTheContractIsRefusedByNameAndNeverShown(): void
    {
        $good = ['access_token' => 'kept-out', 'token_type' => 'bearer', 'expires_in' => 3_600, 'scope' => 'read'];
        $list = ['data' => [], 'meta' => ['current_page' => 1, 'total_pages' => 1, 'total_count' => 0]];
        $accepted = Strange::start(['body' => $good], ['body' => $list]);
        $comserv = new Comserv($accepted->url, clientId: 'id', clientSecret: 'secret');
        self::assertSame([], $comserv->users->list()->data);
        $wrong = [
            ['expires_in', null],
            ['expires_in', '3600'],
            ['expires_in', 0],
            ['expires_in', 1.5],
            ['token_type', 'mac'],
            ['token_type', null],
            ['access_token', 5],
            ['access_token', ''],
            ['access_token', "kept-out\nx-evil: 1"],
        ];
        foreach ($wrong as [$field, $value]) {
            $strange = Strange::start(['body' => [$field => $value] + $good]);
            $comserv = new Comserv($strange->url, clientId: 'id', clientSecret: 'secret', maxRetries: 0);
            try {
                $comserv->users->get(1);
                self::fail("{$field} was accepted.");
            } catch (ApiException $exception) {
                self::assertStringContainsString("the field {$field} should be", $exception->getMessage());
                self::assertStringNotContainsString('kept-out', print_r($exception, true));
            }
            self::assertCount(1, $strange->requests());
        }
    }

    public function testACsrfTokenThatCannotBeSentIsRefusedWithoutBeingShown(): void
    {
        $session = ['user' => null, 'csrf_token' => "kept-out\nx-evil: 1"];
        $strange = Strange::start(['body' => $session]);
        try {
            (new Comserv($strange->url, session: true, maxRetries: 0))->users->delete(1);
            self::fail('It was accepted.');
        } catch (ComservException $exception) {
            self::assertStringNotContainsString('kept-out', print_r($exception, true));
        }
        self::assertCount(1, $strange->requests());
    }

    public function testATokenThatWasRevokedIsReplacedAfterThe401(): void
    {
        $comserv = $this->client();
        $comserv->users->list();
        $comserv->oauth->revokeToken($this->bearer());
        self::assertSame(1, $comserv->users->list()->meta->current_page);
        self::assertCount(2, $this->traffic->of(self::TOKEN));
        self::assertSame([200, 401, 200], array_column($this->traffic->of('/api/v1/users'), 'status'));
    }

    public function testARevokedCredentialEndsInAuthenticationFailedAfterOne401AndOneRefusedToken(): void
    {
        $comserv = $this->client();
        $comserv->users->list();
        self::$server->client()->credentials->delete($this->credential);
        try {
            $comserv->users->list();
            self::fail('The credential was revoked.');
        } catch (AuthenticationFailedException $exception) {
            self::assertSame([401, 'authentication_failed'], [$exception->status, $exception->errorCode]);
            self::assertSame('OAuth error: invalid_client', $exception->title);
            self::assertStringContainsString('revoked', $exception->details);
        }
        self::assertSame(
            [self::TOKEN . ' 200', '/api/v1/users 200', '/api/v1/users 401', self::TOKEN . ' 401'],
            array_map(static fn (array $one): string => "{$one['path']} {$one['status']}", $this->traffic->seen),
        );
    }

    public function testA401WithANewTokenIsNotTriedAThirdTime(): void
    {
        $token = ['access_token' => 'of.no.use', 'token_type' => 'Bearer', 'expires_in' => 3600, 'scope' => 'read'];
        $refused = ['status' => 401, 'body' => []];
        $strange = Strange::start(['body' => $token], $refused, ['body' => $token], $refused);
        $comserv = new Comserv($strange->url, clientId: 'x', clientSecret: 'y');
        try {
            $comserv->users->list();
            self::fail('It was refused.');
        } catch (AuthenticationFailedException) {
            self::assertCount(4, $strange->requests());
        }
    }

    public function testAWrongSecretIsAuthenticationFailedAndAnApiKeyThatIsRefusedIsNotSentAgain(): void
    {
        $id = self::$server->credential('read')['client_id'];
        $traffic = new RecordingTransport();
        $url = self::$server->url;
        $wrong = [
            new Comserv($url, clientId: $id, clientSecret: 'cs_live_wrong', transport: $traffic),
            new Comserv($url, apiKey: 'cs_live_wrong', transport: $traffic),
        ];
        foreach ($wrong as $comserv) {
            try {
                $comserv->users->list();
                self::fail('The secret is wrong.');
            } catch (AuthenticationFailedException $exception) {
                self::assertNotSame('', $exception->details);
            }
        }
        self::assertCount(2, $traffic->seen);
    }

    public function testAfterAFailedFetchTheNextCallFetchesAgain(): void
    {
        $isDown = true;
        $comserv = $this->client(before: static function () use (&$isDown): void {
            if ($isDown) {
                throw new ConnectionException('down');
            }
        });
        try {
            $comserv->users->list();
            self::fail('It is down.');
        } catch (ConnectionException) {
            $isDown = false;
        }
        self::assertSame(1, $comserv->users->list()->meta->current_page);
    }

    public function testScopeNarrowsTheTokenAndWhatItDoesNotOpenIsRefusedByName(): void
    {
        $comserv = $this->client('documents:read');
        self::assertSame(0, $comserv->documents->list()->meta->total_count);
        try {
            $comserv->users->list();
            self::fail('The token does not open users.');
        } catch (PermissionDeniedException $exception) {
            self::assertStringContainsString('users:read', $exception->details);
        }
    }

    private function bearer(): string
    {
        return str_replace('Bearer ', '', $this->traffic->of('/api/v1/users')[0]['headers']['authorization']);
    }
}
