<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception\ConnectionException;

/**
 * Reads server-sent events (HTML Living Standard, 9.2.6) from parts that may end anywhere. Shared cases hold all client
 * libraries to the same messages.
 *
 * @internal
 */
final class StreamReader
{
    /** Far more than an event may have. */
    private const BYTES_MAX = 4 * 1024 * 1024;
    private const BYTE_ORDER_MARK = "\xEF\xBB\xBF";

    /** It counts once its message is complete, even when that has no data. */
    public string $lastId = '';
    /** The pause before reconnecting that the stream asks for. */
    public ?int $retryMs = null;
    private bool $isBegun = false;
    private string $rest = '';
    private ?string $id = null;
    private string $event = '';
    /** @var list<string> */
    private array $data = [];
    private int $size = 0;

    /**
     * @return list<array{event: string, data: string, id: string}> each with the last id of the stream by then
     * @throws ConnectionException for a message that never ends
     */
    public function read(string $part): array
    {
        $text = $this->rest . $part;
        if (!$this->isBegun) {
            if (strlen($text) < 3 && str_starts_with(self::BYTE_ORDER_MARK, $text)) {
                $this->rest = $text;
                return [];
            }
            $this->isBegun = true;
            $text = str_starts_with($text, self::BYTE_ORDER_MARK) ? substr($text, 3) : $text;
        }
        // A carriage return at the end may be the first half of a line end.
        $lines = preg_split('/\r\n|\n|\r(?!\z)/', $text);
        $lines = $lines === false ? [$text] : $lines;
        $this->rest = (string) array_pop($lines);
        if (strlen($this->rest) + $this->size > self::BYTES_MAX) {
            throw new ConnectionException('A message of the event stream is too long.');
        }
        return array_values(array_filter(array_map($this->readLine(...), $lines)));
    }

    /** @return array{event: string, data: string, id: string}|null */
    private function readLine(string $line): ?array
    {
        if ($line === '') {
            return $this->complete();
        }
        $colon = strpos($line, ':');
        $name = $colon === false ? $line : substr($line, 0, $colon);
        $value = $colon === false ? '' : substr($line, $colon + 1);
        $value = str_starts_with($value, ' ') ? substr($value, 1) : $value;
        if ($name === 'data') {
            $this->data[] = $value;
            $this->size += strlen($value);
        } elseif ($name === 'event') {
            $this->event = $value;
        } elseif ($name === 'id' && !str_contains($value, "\0")) {
            $this->id = $value;
        } elseif ($name === 'retry' && preg_match('/^[0-9]{1,9}$/D', $value) === 1) {
            $this->retryMs = (int) $value;
        }
        return null;
    }

    /** @return array{event: string, data: string, id: string}|null */
    private function complete(): ?array
    {
        $this->lastId = $this->id ?? $this->lastId;
        $event = $this->event === '' ? 'message' : $this->event;
        $message = ['event' => $event, 'data' => implode("\n", $this->data), 'id' => $this->lastId];
        $hasData = $this->data !== [];
        $this->event = '';
        $this->data = [];
        $this->size = 0;
        return $hasData ? $message : null;
    }
}
