<?php

declare(strict_types=1);

namespace Comserv\Transport;

use Comserv\Exception\ConnectionException;

/**
 * A handle of curl and the connections that it keeps open, which belong to one process. A child that was forked has
 * copies of both. It must not use them, or two processes would read each other's responses. It must not free them
 * either, since curl ends a TLS connection by writing into it: measured with curl 7.88, the next call of the parent
 * found its connection closed after every child that ended.
 *
 * PHP frees every object at the end of a program. What keeps curl from closing here is that the connections are not the
 * handle's but of a share, and that curl frees no share while a handle uses it: PHP frees what is left at the end from
 * the youngest to the oldest, so the share is made after the handle.
 *
 * @internal
 */
final class CurlConnection
{
    /** @var list<self> those of the parent, in a child */
    private static array $left = [];

    public readonly \CurlHandle $handle;
    private readonly \CurlShareHandle $share;
    private readonly int|false $process;
    private ?self $itself = null;

    public function __construct()
    {
        $this->process = getmypid();
        $handle = curl_init();
        if ($handle === false) {
            throw new ConnectionException('curl cannot be started.');
        }
        $this->handle = $handle;
        $older = [];
        do {
            // PHP reuses object ids, so the next one created may count as older.
            $older[] = $share = curl_share_init();
        } while (spl_object_id($share) < spl_object_id($handle));
        curl_share_setopt($share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
        $this->share = $share;
    }

    public function isOfThisProcess(): bool
    {
        return $this->process === getmypid();
    }

    /** @return array<int, mixed> the option by which the handle keeps its connections in the share */
    public function options(): array
    {
        return [CURLOPT_SHARE => $this->share];
    }

    public function __destruct()
    {
        if (!$this->isOfThisProcess()) {
            // References itself, so that it lives to the very end.
            $this->itself ??= $this;
            self::$left[] = $this;
        }
    }
}
