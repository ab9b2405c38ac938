"""The httpx clients of this process, one for each event loop. Written by hand in the blocking client, too."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable

import httpx

from .._connections import creation_of
from .._processes import begins_anew_in_children
from ..errors import ConfigurationError
from .per_loop import running_loop

_of_parents: list[AsyncGenerator[None, None]] = []
"""In a child, those of its parent, whose loops must not hear that they are gone."""


class _Opened:
    """A client, and the generator that closes it when the loop closes its generators."""

    __slots__ = ("client", "end")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client: httpx.AsyncClient | None = client
        self.end = self._until_the_end()
        # To its yield, which takes no turn of the loop: from now on the loop knows it.
        with contextlib.suppress(StopIteration):
            self.end.__anext__().send(None)

    async def _until_the_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            if self.client is not None:
                await self.client.aclose()


class AsyncConnections:
    """A connection belongs to the event loop that opened it, so each loop gets a client when it first needs one.

    asyncio.run closes the generators of its loop at its end, and one of them closes the client. A forked child creates
    its own.
    """

    __slots__ = (
        "__weakref__",
        "_create",
        "_given",
        "_home",
        "_is_closed",
        "_is_given",
        "_lock",
        "_opened",
        "_spare",
    )

    def __init__(
        self,
        given: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None,
        default: Callable[[], httpx.AsyncClient],
    ) -> None:
        self._given, self._create = creation_of(httpx.AsyncClient, given, default)
        self._is_given = self._given is not None
        self._home: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._lock = threading.Lock()
        self._opened: dict[asyncio.AbstractEventLoop, _Opened] = {}
        # A failure surfaces in the constructor, not in the first call. The first loop gets it.
        self._spare = None if self._given is not None else self._create()
        begins_anew_in_children(self)

    def client(self) -> httpx.AsyncClient:
        loop = running_loop()
        if self._given is not None:
            return self._given_in(loop, self._given)
        opened = self._opened.get(loop)
        client = opened.client if opened is not None else None
        if client is not None and not self._is_closed and not client.is_closed:
            return client
        with self._lock:
            if self._is_closed:
                raise ConfigurationError("The client is closed.")
            client, self._spare = self._spare or self._create(), None
            living = {one: kept for one, kept in self._opened.items() if not one.is_closed()}
            self._opened = {**living, loop: _Opened(client)}
            return client

    def _given_in(self, loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> httpx.AsyncClient:
        if client.is_closed:
            raise ConfigurationError("The client is closed.")
        with self._lock:
            self._home = self._home or loop
        if self._home is not loop:
            raise ConfigurationError(
                "The http_client was used in another event loop, and its connections stay there. Pass a function as "
                "http_client, such as http_client=lambda: httpx.AsyncClient(…), or a client in each loop."
            )
        return client

    async def close(self) -> None:
        """Unless it is the caller's. Connections of other loops are closed at the end of those: only they can."""
        if self._is_given:
            return
        here = running_loop()
        with self._lock:
            self._is_closed = True
            opened = self._opened.pop(here, None)
            spare, self._spare = self._spare, None
        if spare is not None:
            await spare.aclose()
        if opened is not None:
            await opened.end.aclose()

    def begin_anew(self) -> None:
        for opened in self._opened.values():
            # Dropped without being closed; only the generator has to stay.
            opened.client = None
            _of_parents.append(opened.end)
        self._lock = threading.Lock()
        self._opened = {}
        self._spare = self._given = None
