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
    raise ConfigurationError("format must be 'ndjson' or 'csv'.")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


class AsyncExport(Generic[T]):
    """A whole list, streamed in one response.

    Nothing is sent until it is read. A truncated export ends with ConnectionError, never as if it were complete, also
    behind a proxy that hides that the connection broke.
    """

    __slots__ = ("_open", "_row")

    def __init__(
        self,
        row: Callable[[Raw], T],
        open: Callable[[str], Awaitable[tuple[AsyncIterator[bytes], str | None]]],
    ) -> None:
        """:param open: returns the parts, and the line with which they end, if the server named one"""
        self._row = row
        self._open = open

    def stream(self, format: ExportFormat) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        return in_one_loop(self._stream(format))

    def __aiter__(self) -> AsyncIterator[T]:
        """One record after the other."""
        return in_one_loop(self._records())

    async def _stream(
        self, format: ExportFormat, records: Callable[[], int] | None = None
    ) -> AsyncIterator[bytes]:
        """:param records: how many were read, where they are counted"""
        parts, end = await self._open(f"{_media_type(format)}; end=marked")
        if end is None:
            async for part in parts:
                yield part
            return
        # The last line proves that nothing is missing.
        mark = end.encode("latin-1") + b"\n"
        held, count = b"", 0
        async for part in parts:
            held += part
            sure = len(held) - len(mark)
            if sure > 0:
                count += sure
                yield held[:sure]
                held = held[sure:]
        if held != mark:
            read = _counted(count + len(held), "byte") if records is None else _counted(records(), "record")
            raise ConnectionError(
                f"The export was cut off after {read}: the connection was closed before the end. Export it again."
            )

    async def text(self, format: ExportFormat) -> str:
        """The whole export; for lists that fit into memory."""
        parts = [part async for part in self.stream(format)]
        try:
            return b"".join(parts).decode()
        except UnicodeDecodeError:
            error = ConnectionError("The export is not a text in UTF-8.")
        raise error

    async def _records(self) -> AsyncIterator[T]:
        rest, count = b"", 0

        def read() -> int:
            return count

        async for part in in_one_loop(self._stream("ndjson", read)):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                count += 1
                yield self._row_of(line)
        if rest:
            raise ConnectionError("The export ended in the middle of a line, so it is incomplete.")

    def _row_of(self, line: bytes) -> T:
        try:
            return self._row(json.loads(line.decode()))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise ConnectionError("A line of the export does not have the format of the API.") from None
