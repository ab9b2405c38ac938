from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Literal, TypeVar

from .._answer import Raw
from ..errors import ConfigurationError, ConnectionError
from .per_loop import in_one_loop

T = TypeVar("T")

ExportFormat = Literal["ndjson", "csv"]

_MEDIA_TYPES: dict[ExportFormat, str] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


def _media_type(format: ExportFormat) -> str:
    if isinstance(format, str) and format in _MEDIA_TYPES:
        return _MEDIA_TYPES[format]
    raise ConfigurationError("An export is 'ndjson' or 'csv'.")


class AsyncExport(Generic[T]):
    """A whole list, streamed in one response.

    Nothing is sent until it is read. A truncated export ends with ConnectionError, never as if it were complete.
    """

    __slots__ = ("_open", "_row")

    def __init__(
        self, row: Callable[[Raw], T], open: Callable[[str], Awaitable[AsyncIterator[bytes]]]
    ) -> None:
        self._row = row
        self._open = open

    def stream(self, format: ExportFormat) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        return in_one_loop(self._stream(format))

    def __aiter__(self) -> AsyncIterator[T]:
        """One record after the other."""
        return in_one_loop(self._records())

    async def _stream(self, format: ExportFormat) -> AsyncIterator[bytes]:
        async for part in await self._open(_media_type(format)):
            yield part

    async def text(self, format: ExportFormat) -> str:
        """The whole export; for lists that fit into memory."""
        parts = [part async for part in self.stream(format)]
        try:
            return b"".join(parts).decode()
        except UnicodeDecodeError:
            error = ConnectionError("The export is not a text in UTF-8.")
        raise error

    async def _records(self) -> AsyncIterator[T]:
        rest = b""
        async for part in self.stream("ndjson"):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                yield self._row_of(line)
        if rest:
            raise ConnectionError("The export ended in the middle of a line, so it is incomplete.")

    def _row_of(self, line: bytes) -> T:
        try:
            return self._row(json.loads(line.decode()))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise ConnectionError("A line of the export does not have the format of the API.") from None
