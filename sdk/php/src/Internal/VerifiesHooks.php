<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\WebhookVerificationException;
use Comserv\Hook;
use Comserv\HookRequest;
use Comserv\Webhook;

/** What `$comserv->hooks` has besides its endpoints. */
abstract class VerifiesHooks
{
    /**
     * @param \Closure(): float $clock
     *
     * @internal
     */
    protected function __construct(private readonly \Closure $clock)
    {
    }

    /**
     * Verifies that the request is from this server, and returns the call; the same as `Hook::verify`.
     *
     * @param string $rawBody the bytes as they arrived (`file_get_contents('php://input')`)
     * @param array<array-key, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 request
     * @param string $secret as shown when the hook was created
     * @param int $toleranceSeconds allowed clock difference and age of a call
     * @throws WebhookVerificationException whose `check` says which check failed
     */
    public function verify(
        mixed $rawBody,
        mixed $headers,
        #[\SensitiveParameter] mixed $secret,
        mixed $toleranceSeconds = Webhook::TOLERANCE_SECONDS,
    ): HookRequest {
        return Hook::verify($rawBody, $headers, $secret, $toleranceSeconds, $this->clock);
    }
}
