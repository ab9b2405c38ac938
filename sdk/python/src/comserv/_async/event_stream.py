from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from .._answer import Raw
from .._retry import is_transient
from .._stream_messages import StreamMessage, StreamReader
from ..errors import ApiError, ConnectionError
from .per_loop import in_one_loop

T = TypeVar("T")

_RETRY_MS_DEFAULT = 2_000


class AsyncEventStream(Generic[T]):
    """Events as they happen.

    It connects when it is iterated over, and after an interruption again, from where it was: no event is skipped. It
    ends when you leave the loop, and raises when the server refuses the caller.
    """

    __slots__ = ("_open", "_reconnects_max", "_row", "_wait", "position")

    def __init__(
        self,
        row: Callable[[Raw], T],
        after: int | None,
        reconnects_max: int | None,
        open: Callable[[int | None, bool], Awaitable[AsyncIterator[bytes]]],
        wait: Callable[[int, int], Awaitable[None]],
    ) -> None:
        self._row = row
        self._reconnects_max = reconnects_max
        self._open = open
        self._wait = wait
        self.position = after
        """Where another stream goes on, as its `after`: past the last event that was returned."""

    def __aiter__(self) -> AsyncIterator[T]:
        return in_one_loop(self._events())

    async def _events(self) -> AsyncIterator[T]:
        is_first = True
        reconnects = 0
        while True:
            reader = StreamReader()
            try:
                chunks = await self._open(self.position, is_first)
                is_first = False
                try:
                    async for part in chunks:
                        reconnects = 0
                        for message in reader.read(part):
                            # A refusal in the stream ends it; the next connection is refused with the same error.
                            if message.event == "message":
                                event = self._event_of(message)
                                self._move(message.id)
                                yield event
                        self._move(reader.last_id)
                finally:
                    if isinstance(chunks, AsyncGenerator):
                        await chunks.aclose()
                if self._reconnects_max is not None and reconnects >= self._reconnects_max:
                    raise ConnectionError("The server ended the stream of events.")
            except (ApiError, ConnectionError) as error:
                is_over = self._reconnects_max is not None and reconnects >= self._reconnects_max
                if is_first or is_over or not _is_interruption(error):
                    raise
            await self._wait(reconnects, _RETRY_MS_DEFAULT if reader.retry_ms is None else reader.retry_ms)
            reconnects += 1

    def _move(self, id: str) -> None:
        if re.fullmatch("[0-9]{1,16}", id):
            self.position = int(id)

    def _event_of(self, message: StreamMessage) -> T:
        try:
            return self._row(json.loads(message.data))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise ConnectionError("An event of the stream does not have the format of the API.") from None


def _is_interruption(error: ApiError | ConnectionError) -> bool:
    return isinstance(error, ConnectionError) or is_transient(error.status)
