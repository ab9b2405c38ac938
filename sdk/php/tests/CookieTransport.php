<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Transport\CurlTransport;
use Comserv\Transport\Reply;
use Comserv\Transport\Request;
use Comserv\Transport\Transport;

/** Sends a cookie of its own once it has one, as an HTTP client does that several parts of a program share. */
final class CookieTransport implements Transport
{
    public ?string $cookie = null;

    private readonly CurlTransport $transport;

    public function __construct()
    {
        $this->transport = new CurlTransport();
    }

    public function send(Request $request): Reply
    {
        $headers = ($this->cookie === null ? [] : ['cookie' => $this->cookie]) + $request->headers();
        $timeoutSeconds = $request->timeoutSeconds;
        return $this->transport->send(
            new Request($request->method, $request->url, $headers, $request->body(), $timeoutSeconds),
        );
    }
}
