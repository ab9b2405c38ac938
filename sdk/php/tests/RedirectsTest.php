<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\ApiException;
use Comserv\Exception\ConfigurationException;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use Comserv\Transport\Transport;
use GuzzleHttp\Client;
use GuzzleHttp\Psr7\HttpFactory;
use PHPUnit\Framework\TestCase;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/** A redirect takes no key, token, cookie or body to another server, whichever transport carries the requests. */
final class RedirectsTest extends TestCase
{
    private const STATUSES = [301, 302, 303, 307, 308];

    public static function setUpBeforeClass(): void
    {
        require_once 'GuzzleHttp/autoload.php';
    }

    private static function through(ClientInterface|\Closure $client, bool $redirectsAreOff = false): Psr18Transport
    {
        $factory = new HttpFactory();
        return new Psr18Transport($client, $factory, $factory, $redirectsAreOff);
    }

    /** A client that follows redirects unless it is told not to, and keeps all headers, as PSR-18 allows. */
    private static function following(): ClientInterface
    {
        return new class implements ClientInterface {
            public function sendRequest(RequestInterface $request): ResponseInterface
            {
                $client = new Client(['allow_redirects' => false, 'http_errors' => false]);
                $response = $client->send($request);
                $location = $response->getHeaderLine('location');
                return $location === '' ? $response : $client->send($request, ['base_uri' => $location]);
            }
        };
    }

    public function testNothingIsSentElsewhere(): void
    {
        $elsewhere = Strange::start(['body' => []]);
        // The same host on another port, another host, and from https to http.
        $port = (int) parse_url($elsewhere->url, PHP_URL_PORT);
        $locations = [$elsewhere->url, "http://localhost:{$port}/", "//localhost:{$port}/"];
        foreach ($locations as $location) {
            foreach (self::STATUSES as $status) {
                $here = Strange::start(['status' => $status, 'headers' => ['location' => $location]]);
                self::assertStaysAt($here->url, $status, new CurlTransport([CURLOPT_FOLLOWLOCATION => true]));
                self::assertStaysAt($here->url, $status, self::through(new Client(['allow_redirects' => true])));
            }
        }
        $here = Strange::start(['status' => 308, 'headers' => ['location' => $elsewhere->url]]);
        ['url' => $url, 'certificate' => $certificate] = Rig::do('tls/start', ['target' => $here->url]);
        $trusted = Program::folder() . '/trusted.pem';
        file_put_contents($trusted, $certificate);
        self::assertStaysAt($url, 308, new CurlTransport([CURLOPT_CAINFO => $trusted]));
        self::assertStaysAt($url, 308, self::through(new Client(['verify' => $trusted])));
        self::assertSame([], $elsewhere->requests());
    }

    private static function assertStaysAt(string $url, int $status, Transport $transport): void
    {
        $clients = [
            new Comserv($url, apiKey: 'cs_live_key', transport: $transport),
            new Comserv($url, clientId: 'client', clientSecret: 'secret', transport: $transport),
            new Comserv($url, session: true, transport: $transport),
        ];
        $signIn = ['username' => 'root', 'password' => 'correct horse'];
        $calls = [
            fn () => $clients[0]->users->get(1),
            fn () => $clients[0]->documents->create(['title' => 'Stays']),
            fn () => [...$clients[0]->users->export()],
            fn () => $clients[1]->users->get(1),
            fn () => $clients[2]->session->signIn($signIn),
        ];
        foreach ($calls as $call) {
            try {
                $call();
                self::fail('It was redirected.');
            } catch (ApiException $exception) {
                self::assertSame([$status, 'unexpected_answer'], [$exception->status, $exception->errorCode]);
                self::assertStringContainsString('redirects', $exception->details);
            }
        }
    }

    public function testAClientThatMayFollowRedirectsIsRefusedBeforeItIsGivenAKey(): void
    {
        $following = [
            self::following(),
            self::following(...),
            new Client(['curl' => [CURLOPT_FOLLOWLOCATION => true]]),
        ];
        foreach ($following as $client) {
            try {
                self::through($client);
                self::fail('It may follow redirects.');
            } catch (ConfigurationException $exception) {
                self::assertStringContainsString('redirectsAreOff: true', $exception->getMessage());
            }
        }
    }

    public function testAClientOfWhichItIsSaidThatItFollowsNoneIsUsed(): void
    {
        $strange = Strange::start(['body' => ['status' => 'ok']]);
        $client = new class implements ClientInterface {
            public function sendRequest(RequestInterface $request): ResponseInterface
            {
                return (new Client())->sendRequest($request);
            }
        };
        $comserv = new Comserv($strange->url, apiKey: 'key', transport: self::through($client, redirectsAreOff: true));
        self::assertSame('ok', $comserv->health->live()->status);
    }

    /** Symfony's follows twenty of them, and strips `Authorization` and cookies alone. */
    public function testNoClientThatIsInstalledTakesAKeyElsewhere(): void
    {
        @include_once 'Symfony/Component/HttpClient/autoload.php';
        $factory = new HttpFactory();
        $elsewhere = Strange::start(['body' => []]);
        $here = Strange::start(['status' => 307, 'headers' => ['location' => $elsewhere->url]]);
        foreach ([Client::class, \Symfony\Component\HttpClient\Psr18Client::class] as $class) {
            if (!class_exists($class)) {
                continue;
            }
            try {
                $isGuzzle = $class === Client::class;
                $transport = self::through($isGuzzle ? new $class() : new $class(null, $factory, $factory));
            } catch (ConfigurationException $exception) {
                // Before Symfony 6.2.
                self::assertStringContainsString("'max_redirects' => 0", $exception->getMessage());
                $http = \Symfony\Component\HttpClient\HttpClient::create(['max_redirects' => 0]);
                $transport = self::through(new $class($http, $factory, $factory), redirectsAreOff: true);
            }
            self::assertStaysAt($here->url, 307, $transport);
        }
        self::assertSame([], $elsewhere->requests());
    }
}
