<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ApiException;
use Comserv\Exception\ConnectionException;
use Comserv\Internal\Fields;
use Comserv\Internal\Json;
use Comserv\Internal\Retry;
use Comserv\Internal\StreamReader;
use Comserv\Transport\Reply;

/**
 * Events as they happen. It connects when it is iterated over, and after an interruption again, from where it was: no
 * event is skipped. It ends when you leave the loop, and throws when the server refuses the caller.
 *
 * @template-covariant T
 * @implements \IteratorAggregate<int, T>
 */
final class EventStream implements \IteratorAggregate
{
    private const RETRY_MS_DEFAULT = 2_000;

    /**
     * @param \Closure(int|null, bool): Reply $open connects after an event, for the first time or again
     * @param \Closure(int, int): void $wait
     * @param \Closure(Fields): T $from
     *
     * @internal
     */
    public function __construct(
        private readonly \Closure $open,
        private readonly \Closure $wait,
        private readonly \Closure $from,
        private readonly ?int $reconnectsMax,
        private ?int $position,
    ) {
    }

    /** Where another stream goes on, as its `after`: past the last event that was returned. */
    public function position(): ?int
    {
        return $this->position;
    }

    /** @return \Generator<int, T> */
    public function getIterator(): \Generator
    {
        $isFirst = true;
        for ($reconnects = 0;; $reconnects++) {
            $reader = new StreamReader();
            try {
                $reply = ($this->open)($this->position, $isFirst);
                $isFirst = false;
                $response = Response::of($reply->status, $reply->headers);
                foreach (is_string($reply->body) ? [$reply->body] : $reply->body as $part) {
                    $reconnects = 0;
                    foreach ($reader->read($part) as $message) {
                        // A refusal in the stream ends it; the next connection is refused with the same error.
                        if ($message['event'] === 'message') {
                            $this->move($message['id']);
                            yield ($this->from)(Fields::of(Json::decode($message['data']), $response));
                        }
                    }
                    $this->move($reader->lastId);
                }
                if ($this->reconnectsMax !== null && $reconnects >= $this->reconnectsMax) {
                    throw new ConnectionException('The server ended the stream of events.');
                }
            } catch (ApiException | ConnectionException $exception) {
                $isOver = $this->reconnectsMax !== null && $reconnects >= $this->reconnectsMax;
                if ($isFirst || $isOver || !self::isInterruption($exception)) {
                    throw $exception;
                }
            }
            ($this->wait)($reconnects, $reader->retryMs ?? self::RETRY_MS_DEFAULT);
        }
    }

    private function move(string $id): void
    {
        if (preg_match('/^[0-9]{1,16}$/D', $id) === 1) {
            $this->position = (int) $id;
        }
    }

    private static function isInterruption(ApiException|ConnectionException $exception): bool
    {
        return $exception instanceof ConnectionException || Retry::isTransient($exception->status);
    }
}
