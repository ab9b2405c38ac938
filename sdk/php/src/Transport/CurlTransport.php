<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\CancelledException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Exception\TimeoutException;
use Comserv\Internal\Arguments;
use Comserv\Internal\Unreachable;

use function explode;
use function str_starts_with;
use function strpos;
use function strtolower;
use function substr;
use function trim;

/**
 * Sends through ext-curl, over one connection that is kept open between calls. If the server has closed it, curl
 * sends the request once more over a new one, with the same idempotency key. A forked process opens its own.
 */
final class CurlTransport implements Transport
{
    /** @var array<array-key, mixed> */
    private readonly array $options;
    /** @var (\Closure(): mixed)|null */
    private readonly ?\Closure $isCancelled;
    private ?CurlConnection $connection = null;

    /**
     * @param array<int, mixed> $options curl's own, such as `[CURLOPT_PROXY => '…', CURLOPT_CAINFO => '…']`
     * @param (\Closure(): bool)|null $isCancelled called at least once a second while waiting for a response; true
     *     ends the call with CancelledException
     * @throws ConfigurationException for options that curl does not take
     */
    public function __construct(mixed $options = [], mixed $isCancelled = null)
    {
        $this->options = self::checkedOptions($options);
        $this->isCancelled = Arguments::closure('isCancelled', $isCancelled);
        if ($this->options !== []) {
            self::set(self::opened(), $this->options);
        }
    }

    /** @return array<array-key, mixed> */
    private static function checkedOptions(mixed $options): array
    {
        return is_array($options)
            ? $options
            : throw new ConfigurationException(
                'The options of curl must be an array, such as [CURLOPT_PROXY => …], not '
                    . Arguments::shown($options) . '.',
            );
    }

    public function send(Request $request): Reply
    {
        if ($request->isStreamed) {
            return (new CurlStream($this->prepared(self::opened(), $request), $request, $this))->reply();
        }
        $kept = $this->connection;
        $connection = $kept?->isOfThisProcess() === true ? $kept : new CurlConnection();
        // Taken: a fiber or coroutine that sends while this one waits uses another, never the responses of this one.
        $this->connection = null;
        try {
            $handle = $this->prepared($connection->handle, $request, $connection->options() + [
                CURLOPT_RETURNTRANSFER => true,
                // Faster than a callback for each line.
                CURLOPT_HEADER => true,
                CURLOPT_TIMEOUT_MS => self::milliseconds($request->timeoutSeconds),
            ]);
            $answer = curl_exec($handle);
            if (!is_string($answer)) {
                $bytes = (int) curl_getinfo($handle, CURLINFO_SIZE_DOWNLOAD);
                throw $this->failure(curl_errno($handle), curl_error($handle), $request, $bytes > 0 ? $bytes : null);
            }
            $status = (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
            $headerBytes = (int) curl_getinfo($handle, CURLINFO_HEADER_SIZE);
        } finally {
            // What it was given, a body with a password perhaps, must not go along with the next call; the connection
            // is kept.
            curl_reset($connection->handle);
            $this->connection = $connection;
        }
        $headers = [];
        foreach (explode("\r\n", substr($answer, 0, $headerBytes)) as $line) {
            self::addHeader($headers, $line);
        }
        return new Reply($status, $headers, substr($answer, $headerBytes));
    }

    /**
     * Reads a line of the response header; another status line, as after `100 Continue`, starts over.
     *
     * @param array<string, string> $headers
     *
     * @internal
     */
    public static function addHeader(array &$headers, string $line): void
    {
        if (str_starts_with($line, 'HTTP/')) {
            $headers = [];
            return;
        }
        $colon = strpos($line, ':');
        if ($colon === false) {
            return;
        }
        $name = strtolower(substr($line, 0, $colon));
        $value = trim(substr($line, $colon + 1));
        $headers[$name] = isset($headers[$name]) ? "{$headers[$name]}, {$value}" : $value;
    }

    /**
     * @param int|null $bytes of the response that arrived; null if it did not begin
     *
     * @internal
     */
    public function failure(
        int $number,
        #[\SensitiveParameter] string $reason,
        Request $request,
        ?int $bytes = null,
    ): ComservException {
        return match ($number) {
            CURLE_OPERATION_TIMEDOUT => new TimeoutException(
                "No complete response arrived within {$request->timeoutSeconds} s.",
            ),
            CURLE_ABORTED_BY_CALLBACK => new CancelledException('The program cancelled the call.'),
            default => Unreachable::because(
                "{$reason} (curl {$number})",
                $request->url,
                isset($this->options[CURLOPT_PROXY]) ? 'CURLOPT_PROXY' : null,
                $bytes,
            ),
        };
    }

    /** @return int 0 means no limit */
    private static function milliseconds(float $seconds): int
    {
        return is_infinite($seconds) ? 0 : max(1, (int) ceil(min($seconds, 2e6) * 1_000));
    }

    /**
     * @param array<array-key, mixed> $options
     * @throws ConfigurationException
     */
    private static function set(\CurlHandle $handle, array $options): void
    {
        try {
            // It warns of some values that it does not take, and throws for others.
            $isSet = @curl_setopt_array($handle, $options);
        } catch (\Throwable $thrown) {
            throw new ConfigurationException("The options of curl are invalid: {$thrown->getMessage()}");
        }
        if (!$isSet) {
            throw new ConfigurationException('The options of curl are invalid: it does not take one of them.');
        }
    }

    private static function opened(): \CurlHandle
    {
        $handle = curl_init();
        if ($handle === false) {
            throw new ConnectionException('curl cannot be started.');
        }
        return $handle;
    }

    /** @param array<int, mixed> $more options of curl */
    private function prepared(\CurlHandle $handle, Request $request, array $more = []): \CurlHandle
    {
        $lines = [];
        foreach ($request->headers() as $name => $value) {
            $lines[] = "{$name}: {$value}";
        }
        $body = $request->body();
        if ($body === null && $request->method === 'POST') {
            $body = '';
            // curl would label it a form.
            $lines[] = 'content-type:';
        }
        if ($body !== null) {
            // Without it curl waits for a `100 Continue` before it sends a longer body.
            $lines[] = 'expect:';
        }
        self::set($handle, [
            CURLOPT_URL => $request->url,
            CURLOPT_CUSTOMREQUEST => $request->method,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_NOSIGNAL => true,
        ] + $more + $this->options);
        if ($body !== null) {
            curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
        }
        $isCancelled = $this->isCancelled;
        if ($isCancelled !== null) {
            curl_setopt_array($handle, [
                CURLOPT_NOPROGRESS => false,
                CURLOPT_PROGRESSFUNCTION => static fn (): int => $isCancelled() === true ? 1 : 0,
            ]);
        }
        return $handle;
    }
}
