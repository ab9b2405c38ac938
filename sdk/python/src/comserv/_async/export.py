from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Literal, TypeVar

from .._answer import Raw
from ..errors import ConnectionError

T = TypeVar("T")

ExportFormat = Literal["ndjson", "csv"]

_MEDIA_TYPES: dict[ExportFormat, str] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


class AsyncExport(Generic[T]):
    """A whole list in one answer, read as it comes.

    Nothing is sent until it is read. An export that was cut short ends with ConnectionError, never as if it were
    complete.
    """

    __slots__ = ("_open", "_row")

    def __init__(
        self, row: Callable[[Raw], T], open: Callable[[str], Awaitable[AsyncIterator[bytes]]]
    ) -> None:
        self._row = row
        self._open = open

    async def stream(self, format: ExportFormat) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        async for part in await self._open(_MEDIA_TYPES[format]):
            yield part

    async def text(self, format: ExportFormat) -> str:
        """All of it at once; for lists that fit into memory."""
        parts = [part async for part in self.stream(format)]
        return b"".join(parts).decode()

    async def __aiter__(self) -> AsyncIterator[T]:
        """One resource after the other."""
        rest = b""
        async for part in self.stream("ndjson"):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                yield self._row_of(line)
        if rest:
            raise ConnectionError("The export ended within a line; it is not complete.")

    def _row_of(self, line: bytes) -> T:
        try:
            return self._row(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConnectionError("A line of the export is not what the API would send.") from None
