<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Internal\Arguments;
use Comserv\Internal\Unreachable;
use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestFactoryInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;

/**
 * Sends through a PSR-18 client that follows no redirects: it would send the key to another server. PSR-18 leaves that
 * to each client, and a response does not show it. Guzzle never follows them here, and Symfony's is told not to; any
 * other client is refused unless `redirectsAreOff` says that this was seen to.
 *
 * PSR-18 has no timeout for a request either: set it in the client. The connections of a client stay in the process
 * that created it; pass a function to create a client in each forked process.
 */
final class Psr18Transport implements Transport
{
    private const PART_BYTES_MAX = 16_384;
    private const GUZZLE = 'GuzzleHttp\Client';
    private const SYMFONY = 'Symfony\Component\HttpClient\Psr18Client';

    /** @var list<ClientInterface> those of the parent, in a child, which must not end them */
    private static array $left = [];

    private readonly ClientInterface|\Closure $given;
    private readonly RequestFactoryInterface $requestFactory;
    private readonly StreamFactoryInterface $streamFactory;
    private readonly bool $redirectsAreOff;
    private ?ClientInterface $client = null;
    private int|false $process = false;

    /**
     * @param ClientInterface|(\Closure(): ClientInterface) $given
     * @param RequestFactoryInterface $requestFactory
     * @param StreamFactoryInterface $streamFactory
     * @param bool $redirectsAreOff for any other client than those of Guzzle and Symfony: that it follows no redirects
     * @throws ConfigurationException for a client that may follow redirects
     */
    public function __construct(
        mixed $given,
        mixed $requestFactory,
        mixed $streamFactory,
        mixed $redirectsAreOff = false,
    ) {
        $this->given = self::checkedClient($given);
        $this->requestFactory = self::checked(RequestFactoryInterface::class, 'requestFactory', $requestFactory);
        $this->streamFactory = self::checked(StreamFactoryInterface::class, 'streamFactory', $streamFactory);
        $this->redirectsAreOff = Arguments::flag('redirectsAreOff', $redirectsAreOff);
        $this->client();
    }

    private static function checkedClient(mixed $given): ClientInterface|\Closure
    {
        return $given instanceof ClientInterface || $given instanceof \Closure
            ? $given
            : throw new ConfigurationException(
                'The client must be a PSR-18 client, or a closure that creates one, not '
                    . Arguments::shown($given) . '.',
            );
    }

    /**
     * @template F of object
     * @param class-string<F> $interface
     * @return F
     */
    private static function checked(string $interface, string $name, mixed $given): object
    {
        return $given instanceof $interface
            ? $given
            : throw new ConfigurationException(
                "{$name} must be a {$interface}, not " . Arguments::shown($given) . '.',
            );
    }

    public function send(Request $request): Reply
    {
        $client = $this->client();
        try {
            $response = $client->sendRequest($this->message($request));
            $headers = [];
            foreach (array_keys($response->getHeaders()) as $name) {
                $headers[(string) $name] = $response->getHeaderLine((string) $name);
            }
            $reply = new Reply($response->getStatusCode(), $headers, self::parts($response->getBody()));
            return $request->isStreamed ? $reply : new Reply($reply->status, $headers, $reply->text());
        } catch (ComservException $exception) {
            throw $exception;
        } catch (ClientExceptionInterface $exception) {
            // Not as the previous exception: it holds the request, with the key.
            throw Unreachable::because($exception->getMessage(), $request->url);
        } catch (\Throwable $thrown) {
            // Nor its message, which may quote a header.
            throw new ConnectionException('The PSR-18 client failed with ' . $thrown::class . '.');
        }
    }

    private function message(Request $request): RequestInterface
    {
        $message = $this->requestFactory->createRequest($request->method, $request->url);
        foreach ($request->headers() as $name => $value) {
            $message = $message->withHeader($name, $value);
        }
        $body = $request->body();
        return $body === null ? $message : $message->withBody($this->streamFactory->createStream($body));
    }

    private function client(): ClientInterface
    {
        $process = getmypid();
        if ($this->client !== null && $this->process === $process) {
            return $this->client;
        }
        if ($this->client !== null) {
            self::$left[] = $this->client;
            if ($this->given instanceof ClientInterface) {
                throw new ConfigurationException(
                    'The PSR-18 client was created before a fork, and its connections stay in that process. Pass a '
                        . 'function that creates one, such as fn () => new Client(), or one client in each process.',
                );
            }
        }
        $this->process = $process;
        $client = $this->given instanceof ClientInterface ? $this->given : self::created($this->given);
        return $this->client = $this->redirectsAreOff ? $client : self::withoutRedirects($client);
    }

    /** @param \Closure(): mixed $create */
    private static function created(\Closure $create): ClientInterface
    {
        try {
            $client = $create();
        } catch (\Throwable $thrown) {
            $kind = $thrown::class;
            throw new ConfigurationException(
                "The function that creates the PSR-18 client failed with {$kind}: {$thrown->getMessage()}",
            );
        }
        return $client instanceof ClientInterface
            ? $client
            : throw new ConfigurationException('The function must return a PSR-18 client.');
    }

    private static function withoutRedirects(ClientInterface $client): ClientInterface
    {
        // Its `sendRequest` switches them off, but not those that curl itself follows.
        if (is_a($client, self::GUZZLE) && !self::curlFollows($client)) {
            return $client;
        }
        // Symfony 6.2 and later.
        $withOptions = [$client, 'withOptions'];
        $without = is_a($client, self::SYMFONY) && is_callable($withOptions)
            ? $withOptions(['max_redirects' => 0])
            : null;
        return $without instanceof ClientInterface ? $without : throw new ConfigurationException(
            $client::class . ' may follow redirects, which would send the key to another server. Switch them off in '
                . "it ('max_redirects' => 0 in Symfony), and pass redirectsAreOff: true.",
        );
    }

    private static function curlFollows(ClientInterface $guzzle): bool
    {
        $config = [$guzzle, 'getConfig'];
        $curl = is_callable($config) ? $config('curl') : null;
        return is_array($curl) && ($curl[CURLOPT_FOLLOWLOCATION] ?? false) !== false;
    }

    /** @return \Generator<int, string> */
    private static function parts(StreamInterface $body): \Generator
    {
        $bytes = 0;
        try {
            while (!$body->eof()) {
                $part = $body->read(self::PART_BYTES_MAX);
                $bytes += strlen($part);
                yield $part;
            }
        } catch (\Throwable $thrown) {
            throw new ConnectionException("The response was cut off after {$bytes} bytes: {$thrown->getMessage()}");
        }
    }
}
