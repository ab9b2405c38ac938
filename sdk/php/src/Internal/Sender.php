<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ApiException;
use Comserv\Exception\ComservException;
use Comserv\Exception\ConnectionException;
use Comserv\Transport\Reply;
use Comserv\Transport\Request;

/**
 * Sends a request, retries it after temporary failures, and once with new credentials.
 *
 * @internal
 */
final class Sender
{
    public function __construct(private readonly Settings $settings)
    {
    }

    /**
     * @throws ApiException
     * @throws ConnectionException
     */
    public function send(Outgoing $outgoing, ?Authentication $authentication): Reply
    {
        $url = $this->settings->baseUrl . $outgoing->path . $outgoing->queryString();
        $common = $outgoing->headers($this->settings->userAgent);
        $body = $outgoing->body();
        $timeoutSeconds = $outgoing->timeoutSeconds ?? $this->settings->timeoutSeconds;
        $retriesMax = $outgoing->maxRetries ?? $this->settings->maxRetries;
        $hasRenewed = false;
        $retries = 0;
        while (true) {
            $who = $authentication?->headers($outgoing->method) ?? [];
            $headers = $common + $who;
            $isStreamed = $outgoing->isStreamed;
            $outcome = $this->attempt(
                new Request($outgoing->method, $url, $headers, $body, $timeoutSeconds, $isStreamed),
            );
            if ($outcome instanceof Reply) {
                if ($authentication instanceof SignInStep) {
                    $authentication->learn($outcome);
                }
                if ($outcome->status < 400) {
                    return $outcome;
                }
                if (!$hasRenewed && $authentication?->renew($outcome->status, $outgoing->method, $who) === true) {
                    $hasRenewed = true;
                    continue;
                }
            }
            $delayMs = $retries < $retriesMax ? $this->delayMs($outcome, $retries) : null;
            if ($delayMs === null) {
                throw $outcome instanceof Reply ? $this->refusal($outcome) : $outcome;
            }
            ($this->settings->sleep)((float) $delayMs / 1_000);
            $retries++;
        }
    }

    private function attempt(Request $request): Reply|ConnectionException
    {
        try {
            return $this->settings->transport->send($request);
        } catch (ConnectionException $exception) {
            return $exception;
        } catch (ComservException $exception) {
            throw $exception;
        } catch (\Throwable $thrown) {
            // Of a transport that is not ours. Its message may quote a header.
            return new ConnectionException('The transport failed with ' . $thrown::class . '.');
        }
    }

    /** @return int|null null if it should not be retried */
    private function delayMs(Reply|ConnectionException $outcome, int $retries): ?int
    {
        $random = ($this->settings->random)();
        if ($outcome instanceof ConnectionException) {
            return Retry::backoffMs($retries, $random);
        }
        $retryAfter = $outcome->headers['retry-after'] ?? null;
        return Retry::delayMs($outcome->status, $retryAfter, $retries, $random, ($this->settings->clock)());
    }

    private function refusal(Reply $reply): ApiException
    {
        $body = Json::decode($reply->text());
        return Refusal::exception($reply->status, $reply->headers, $body, ($this->settings->clock)());
    }
}
