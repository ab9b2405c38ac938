<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;
use Comserv\Exception\ConnectionException;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;
use Comserv\Internal\Refusal;
use Comserv\Transport\Reply;

/**
 * A whole list, streamed in one response. Nothing is sent until it is read. A truncated export ends with
 * ConnectionException, never as if it were complete.
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
    public function stream(string $format): \Generator
    {
        yield from $this->parts($this->opened($format));
    }

    /**
     * The whole export; for lists that fit into memory.
     *
     * @param 'ndjson'|'csv' $format
     */
    public function text(string $format): string
    {
        return $this->opened($format)->text();
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
        foreach ($this->parts($reply) as $part) {
            $lines = explode("\n", $rest . $part);
            $rest = array_pop($lines);
            foreach ($lines as $line) {
                yield ($this->from)(Fields::of(Json::decode($line), $response));
            }
        }
        if ($rest !== '') {
            throw new ConnectionException('The export ended in the middle of a line, so it is incomplete.');
        }
    }

    /** @return \Generator<int, string> */
    private function parts(Reply $reply): \Generator
    {
        foreach (is_string($reply->body) ? [$reply->body] : $reply->body as $part) {
            yield $part;
        }
    }

    private function opened(string $format): Reply
    {
        $mediaType = self::MEDIA_TYPES[$format]
            ?? throw new ConfigurationException("An export is 'ndjson' or 'csv', not '{$format}'.");
        $reply = ($this->open)($mediaType);
        return $reply->status < 300 ? $reply : throw Refusal::unexpectedAnswer($reply->status, $reply->headers);
    }
}
