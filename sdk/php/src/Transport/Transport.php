<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ConnectionException;
use Comserv\Exception\TimeoutException;

/** How requests reach the server. Implement it to go another way than ext-curl. */
interface Transport
{
    /**
     * Sends a request once, without following redirects: followed to another server, one would carry the key there.
     *
     * A streamed request is answered when the headers have arrived, and its body yields its parts as they come; for
     * each part the time limit begins anew. Any other is answered when the answer is complete.
     *
     * @throws ConnectionException when no answer arrives
     * @throws TimeoutException when none arrives in time
     */
    public function send(Request $request): Reply;
}
