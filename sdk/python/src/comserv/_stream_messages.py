"""Server-sent events (HTML Living Standard, 9.2.6), read from parts that may end anywhere.

The cases of sdk/vectors/streams.json hold all client libraries to the same messages.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .errors import ConnectionError

_CHARACTERS_MAX = 4 * 1024 * 1024
"""Far more than an event may have."""

# A carriage return at the end may be the first half of a line end.
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


@dataclass(frozen=True, slots=True)
class StreamMessage:
    event: str
    """`message` unless the stream names another."""
    data: str
    id: str
    """The last id of the stream by then."""


class StreamReader:
    __slots__ = ("_data", "_decoder", "_event", "_id", "_is_begun", "_rest", "_size", "last_id", "retry_ms")

    def __init__(self) -> None:
        self.last_id = ""
        """It counts once its message is complete, even when that has no data."""
        self.retry_ms: int | None = None
        """The pause before reconnecting that the stream asks for."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_begun = False
        self._rest = ""
        self._id: str | None = None
        self._event = ""
        self._data: list[str] = []
        self._size = 0

    def read(self, part: bytes) -> list[StreamMessage]:
        """Raises ConnectionError for a message that never ends."""
        messages = []
        text = self._rest + self._decoder.decode(part)
        if text and not self._is_begun:
            self._is_begun = True
            text = text.removeprefix("\ufeff")
        begin = 0
        for end in _LINE_END.finditer(text):
            message = self._read_line(text[begin : end.start()])
            begin = end.end()
            if message is not None:
                messages.append(message)
        self._rest = text[begin:]
        if len(self._rest) + self._size > _CHARACTERS_MAX:
            raise ConnectionError("A message of the event stream is too long.")
        return messages

    def _read_line(self, line: str) -> StreamMessage | None:
        if line == "":
            return self._complete()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._size += len(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,9}", value):
            self.retry_ms = int(value)
        return None

    def _complete(self) -> StreamMessage | None:
        if self._id is not None:
            self.last_id = self._id
        message = StreamMessage(self._event or "message", "\n".join(self._data), self.last_id)
        has_data = bool(self._data)
        self._event = ""
        self._data = []
        self._size = 0
        return message if has_data else None
