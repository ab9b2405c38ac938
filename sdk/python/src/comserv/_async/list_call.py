"""What a list method returns. Its blocking counterpart is no more than a page, so that file is written by hand, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Generic

from .page import AsyncPage, M, T
from .per_loop import in_one_loop


class AsyncListCall(Generic[T, M]):
    """Awaited, the first page; iterated over, the whole list, with each page fetched when needed."""

    __slots__ = ("_fetch",)

    def __init__(self, fetch: Callable[[], Awaitable[AsyncPage[T, M]]]) -> None:
        self._fetch = fetch

    def __await__(self) -> Generator[Any, None, AsyncPage[T, M]]:
        return self._fetch().__await__()

    def pages(self) -> AsyncIterator[AsyncPage[T, M]]:
        """Page by page."""
        return in_one_loop(self._pages())

    def __aiter__(self) -> AsyncIterator[T]:
        return in_one_loop(self._items())

    async def _pages(self) -> AsyncIterator[AsyncPage[T, M]]:
        async for page in (await self).pages():
            yield page

    async def _items(self) -> AsyncIterator[T]:
        async for item in await self:
            yield item


def list_call(fetch: Callable[[], Awaitable[AsyncPage[T, M]]]) -> AsyncListCall[T, M]:
    return AsyncListCall(fetch)
