<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ComservException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;

/**
 * The exception when no response arrived. The reasons of curl end up in it, except those that quote the address of a
 * proxy, which may contain a password.
 *
 * @internal
 */
final class Unreachable
{
    private const ADVICE = [
        '/wrong.version.number|packet.length.too.long|record.layer.failure|SSL routines.*http.request/i' =>
            'The server does not speak TLS at this address. Is it http://?',
        '/self[- ]signed|unable to (get|verify)|local issuer|unknown ca\b/i' =>
            "The server's certificate is not from a CA that this program trusts. For a CA of your own, pass "
                . "transport: new CurlTransport([CURLOPT_CAINFO => '/path/to/ca.pem']).",
        '/\bresponse 407|code 407|proxy authentication required/i' =>
            'The proxy wants a user name and password; put them into the address of the proxy.',
    ];

    /**
     * @param string|null $proxy the name of the option that holds the proxy; null for a variable of the environment
     * @param int|null $bytes of the response that arrived; null if it did not begin
     */
    public static function because(
        #[\SensitiveParameter] string $reason,
        string $url,
        ?string $proxy = null,
        ?int $bytes = null,
    ): ComservException {
        $what = $bytes === null ? 'No response arrived' : "The response was cut off after {$bytes} bytes";
        if (preg_match('/unsupported proxy/i', $reason) === 1) {
            $name = $proxy ?? self::variable($url) ?? 'The proxy';
            return new ConfigurationException(
                "{$name} must be the address of a proxy, such as http://proxy.example.org:3128.",
            );
        }
        foreach (self::ADVICE as $pattern => $advice) {
            if (preg_match($pattern, $reason) === 1) {
                return new ConnectionException("{$what}: {$advice}");
            }
        }
        $plain = preg_replace(['~[^\s/\'"@]*:[^\s/\'"@]*@~', '/\s+/'], ['***@', ' '], trim($reason));
        return new ConnectionException("{$what}: {$plain}");
    }

    /** As curl looks for them. It does not read HTTP_PROXY, which a client of a CGI program could set with a header. */
    private static function variable(string $url): ?string
    {
        $own = str_starts_with($url, 'https:') ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy'];
        foreach ([...$own, 'all_proxy', 'ALL_PROXY'] as $name) {
            if (!in_array(getenv($name), [false, ''], true)) {
                return $name;
            }
        }
        return null;
    }
}
