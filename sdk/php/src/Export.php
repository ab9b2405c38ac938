<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;
use Comserv\Transport\Reply;

/**
 * A whole list, streamed in one response. Nothing is sent until it is read. A truncated export ends with
 * ConnectionException, never as if it were complete, also behind a proxy that hides that the connection broke.
 *
 * @template-covariant T
 * @implements \IteratorAggregate<int, T>
 */
final class Export implements \IteratorAggregate
{
    private const MEDIA_TYPES = ['ndjson' => 'application/x-ndjson', 'csv' => 'text/csv'];

    /**
     * @param \Closure(string): Reply $open
     * @param \Closure(Fields): T $from
     *
     * @internal
     */
    public function __construct(private readonly \Closure $open, private readonly \Closure $from)
    {
    }

    /**
     * The bytes as they come.
     *
     * @param 'ndjson'|'csv' $format
     * @return \Generator<int, string>
     */
    public function stream(mixed $format): \Generator
    {
        yield from $this->parts($this->opened($format));
    }

    /**
     * The whole export; for lists that fit into memory.
     *
     * @param 'ndjson'|'csv' $format
     */
    public function text(mixed $format): string
    {
        return implode('', iterator_to_array($this->parts($this->opened($format)), false));
    }

    /**
     * One record after the other.
     *
     * @return \Generator<int, T>
     */
    public function getIterator(): \Generator
    {
        $reply = $this->opened('ndjson');
        $response = Response::of($reply->status, $reply->headers);
        $rest = '';
        $records = 0;
        $count = static function () use (&$records): string {
            return $records === 1 ? '1 record' : "{$records} records";
        };
        foreach ($this->parts($reply, $count) as $part) {
            $lines = explode("\n", $rest . $part);
            $rest = array_pop($lines);
            foreach ($lines as $line) {
                $records++;
                yield ($this->from)(Fields::of(Json::decode($line), $response));
            }
        }
        if ($rest !== '') {
            throw new ConnectionException('The export ended in the middle of a line, so it is incomplete.');
        }
    }

    /**
     * All but the last line, which proves that nothing is missing, if the server named it.
     *
     * @param (\Closure(): string)|null $read how much was read, where it is counted
     * @return \Generator<int, string>
     */
    private function parts(Reply $reply, ?\Closure $read = null): \Generator
    {
        $end = $reply->headers['x-export-end'] ?? null;
        $parts = is_string($reply->body) ? [$reply->body] : $reply->body;
        if ($end === null) {
            foreach ($parts as $part) {
                yield $part;
            }
            return;
        }
        $held = '';
        $bytes = 0;
        foreach ($parts as $part) {
            $held .= $part;
            $sure = strlen($held) - strlen($end) - 1;
            if ($sure > 0) {
                $bytes += $sure;
                yield substr($held, 0, $sure);
                $held = substr($held, $sure);
            }
        }
        if ($held !== "{$end}\n") {
            $bytes += strlen($held);
            $what = $read === null ? "{$bytes} bytes" : $read();
            throw new ConnectionException(
                "The export was cut off after {$what}: the connection was closed before the end. Export it again.",
            );
        }
    }

    private function opened(mixed $format): Reply
    {
        $mediaType = (is_string($format) ? self::MEDIA_TYPES[$format] ?? null : null)
            ?? throw new ConfigurationException("format must be 'ndjson' or 'csv'.");
        return ($this->open)("{$mediaType}; end=marked");
    }
}
