<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;

/**
 * A streamed response. curl pushes; a generator pulls, part by part, and the server waits meanwhile. It has its own
 * connection, so that other calls can be made in between.
 *
 * @internal
 */
final class CurlStream
{
    private readonly \CurlMultiHandle $multi;
    /** @var array<string, string> */
    private array $headers = [];
    private bool $hasHeaders = false;
    private bool $isOver = false;
    private string $arrived = '';
    private int $bytes = 0;
    private readonly int|false $process;

    public function __construct(
        private readonly \CurlHandle $handle,
        private readonly Request $request,
        private readonly CurlTransport $transport,
    ) {
        $this->process = getmypid();
        $this->multi = curl_multi_init();
        curl_setopt_array($handle, [
            CURLOPT_HEADERFUNCTION => function (\CurlHandle $_, string $line): int {
                CurlTransport::addHeader($this->headers, $line);
                $this->hasHeaders = trim($line) === '' && $this->headers !== [];
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => function (\CurlHandle $_, string $part): int {
                $this->arrived .= $part;
                $this->bytes += strlen($part);
                return strlen($part);
            },
        ]);
        curl_multi_add_handle($this->multi, $handle);
    }

    public function reply(): Reply
    {
        $this->waitUntil(fn (): bool => $this->hasHeaders);
        return new Reply((int) curl_getinfo($this->handle, CURLINFO_RESPONSE_CODE), $this->headers, $this->parts());
    }

    /** @return \Generator<int, string> */
    private function parts(): \Generator
    {
        try {
            while (true) {
                $this->waitUntil(fn (): bool => $this->arrived !== '');
                if ($this->arrived === '') {
                    return;
                }
                $part = $this->arrived;
                $this->arrived = '';
                yield $part;
            }
        } finally {
            // A caller that stopped early does not want the rest; a forked process leaves it to its parent.
            if ($this->process === getmypid()) {
                curl_multi_remove_handle($this->multi, $this->handle);
            }
        }
    }

    /** @param \Closure(): bool $isThere */
    private function waitUntil(\Closure $isThere): void
    {
        if ($this->process !== getmypid()) {
            throw new ConfigurationException(
                'This response belongs to the process that requested it; the rest of it cannot be read after a fork.',
            );
        }
        $startedNs = (float) hrtime(true);
        while (!$isThere() && !$this->isOver) {
            $leftSeconds = $this->request->timeoutSeconds - ((float) hrtime(true) - $startedNs) / 1e9;
            if ($leftSeconds <= 0.0) {
                throw $this->transport->failure(CURLE_OPERATION_TIMEDOUT, '', $this->request);
            }
            $running = 0;
            $number = curl_multi_exec($this->multi, $running);
            if ($number !== CURLM_OK) {
                throw new ConnectionException('The transfer failed: ' . (string) curl_multi_strerror($number));
            }
            $this->readEnd();
            if ($running > 0 && !$isThere()) {
                curl_multi_select($this->multi, min($leftSeconds, 1.0));
            }
        }
    }

    private function readEnd(): void
    {
        $queued = 0;
        /** @var array{result: int}|false $message */
        $message = curl_multi_info_read($this->multi, $queued);
        if ($message === false) {
            return;
        }
        $this->isOver = true;
        $number = $message['result'];
        if ($number !== CURLE_OK) {
            $reason = curl_error($this->handle);
            $reason = $reason === '' ? (string) curl_strerror($number) : $reason;
            throw $this->transport->failure($number, $reason, $this->request, $this->hasHeaders ? $this->bytes : null);
        }
    }
}
