<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestFactoryInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;

/**
 * Sends through any PSR-18 client. PSR-18 has no timeout for a request: set it in the client, and disable redirects
 * there if they are followed by default. The connections of a client stay in the process that created it; pass a
 * function to create a client in each forked process.
 */
final class Psr18Transport implements Transport
{
    private const PART_BYTES_MAX = 16_384;

    /** @var list<ClientInterface> those of the parent, in a child, which must not end them */
    private static array $left = [];

    private ?ClientInterface $client = null;
    private int|false $process = false;

    /** @param ClientInterface|(\Closure(): ClientInterface) $given */
    public function __construct(
        private readonly ClientInterface|\Closure $given,
        private readonly RequestFactoryInterface $requestFactory,
        private readonly StreamFactoryInterface $streamFactory,
    ) {
        $this->client();
    }

    public function send(Request $request): Reply
    {
        $message = $this->requestFactory->createRequest($request->method, $request->url);
        foreach ($request->headers() as $name => $value) {
            $message = $message->withHeader($name, $value);
        }
        $body = $request->body();
        if ($body !== null) {
            $message = $message->withBody($this->streamFactory->createStream($body));
        }
        $client = $this->client();
        try {
            $response = $client->sendRequest($message);
            $headers = [];
            foreach (array_keys($response->getHeaders()) as $name) {
                $headers[(string) $name] = $response->getHeaderLine((string) $name);
            }
            $reply = new Reply($response->getStatusCode(), $headers, self::parts($response->getBody()));
            return $request->isStreamed ? $reply : new Reply($reply->status, $headers, $reply->text());
        } catch (ClientExceptionInterface $exception) {
            // Not as the previous exception: it holds the request, with the key.
            throw new ConnectionException("No response arrived: {$exception->getMessage()}");
        }
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
        return $this->client = $this->given instanceof ClientInterface ? $this->given : ($this->given)();
    }

    /** @return \Generator<int, string> */
    private static function parts(StreamInterface $body): \Generator
    {
        try {
            while (!$body->eof()) {
                yield $body->read(self::PART_BYTES_MAX);
            }
        } catch (\RuntimeException $exception) {
            throw new ConnectionException("The response was cut off: {$exception->getMessage()}");
        }
    }
}
