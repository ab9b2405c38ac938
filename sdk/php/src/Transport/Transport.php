<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ConnectionException;
use Comserv\Exception\TimeoutException;

/** How requests reach the server. Implement it to replace ext-curl. */
interface Transport
{
    /**
     * Sends a request once, without following redirects, which would send the key to another server.
     *
     * A streamed request returns once the headers have arrived, and its body yields its parts as they come, each with
     * its own timeout. Any other request returns once the response is complete.
     *
     * @throws ConnectionException if no response arrives
     * @throws TimeoutException if none arrives in time
     */
    public function send(Request $request): Reply;
}
