from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Generic, NoReturn, TypeVar

from .._answer import Raw, Response
from .._error_mapping import decoded, foreign_answer, unexpected_answer
from .._outgoing import Outgoing
from .._paging import REPEATS, next_query_of
from .._secret import refuse_copies
from .exchange import AsyncReceived
from .per_loop import in_one_loop

T = TypeVar("T")
M = TypeVar("M")

AsyncFetchPage = Callable[[dict[str, str]], Awaitable["AsyncPage[T, M]"]]
"""What a page needs to fetch the next one."""


class AsyncPage(Generic[T, M]):
    """One page of a list. Iterating over it continues through the following pages, each fetched when needed."""

    __slots__ = ("_fetch", "_next_query", "data", "meta", "response")

    data: list[T]
    meta: M
    """Page number and totals; ``total_count`` is exact."""
    response: Response
    """Status, headers, request id and rate limit."""

    def __init__(
        self,
        data: list[T],
        meta: M,
        response: Response,
        next_query: dict[str, str] | None,
        fetch: AsyncFetchPage[T, M],
    ) -> None:
        self.data = data
        self.meta = meta
        self.response = response
        self._next_query = next_query
        self._fetch = fetch

    @property
    def has_next(self) -> bool:
        return self._next_query is not None

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins: the ``cursor`` parameter of the same list."""
        return None if self._next_query is None else self._next_query.get("cursor")

    async def next(self) -> AsyncPage[T, M] | None:
        """The next page, or None on the last one."""
        return None if self._next_query is None else await self._fetch(self._next_query)

    def pages(self) -> AsyncIterator[AsyncPage[T, M]]:
        """This page and those after it."""
        return in_one_loop(self._pages())

    def __aiter__(self) -> AsyncIterator[T]:
        return in_one_loop(self._items())

    async def _pages(self) -> AsyncIterator[AsyncPage[T, M]]:
        seen: set[str] = set()
        page: AsyncPage[T, M] | None = self
        while page is not None:
            yield page
            cursor = page.next_cursor
            if cursor is not None and cursor in seen:
                raise unexpected_answer(page.response.status, page.response.headers, REPEATS)
            seen.add(cursor or "")
            page = await page.next()

    async def _items(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.data:
                yield item

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # It fetches the next one with its client.
        refuse_copies()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.data)}: {self.meta!r}>"


async def fetch_page(
    send: Callable[[Outgoing], Awaitable[AsyncReceived]],
    outgoing: Outgoing,
    row: Callable[[Raw], T],
    meta: Callable[[Raw], M],
) -> AsyncPage[T, M]:
    received = await send(outgoing)
    status, headers = received.status, received.headers
    if not isinstance(received.body, dict):
        raise foreign_answer(status, headers)
    data, where = decoded(
        lambda body: ([row(one) for one in body["data"]], meta(body["meta"])), received.body, status, headers
    )

    async def fetch(query: dict[str, str]) -> AsyncPage[T, M]:
        return await fetch_page(send, replace(outgoing, query=query), row, meta)

    return AsyncPage(
        data, where, Response(status=status, headers=headers), next_query_of(headers.get("link")), fetch
    )
