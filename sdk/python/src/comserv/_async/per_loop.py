"""What belongs to one event loop. Written by hand in the blocking client, too, which has none."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Generic, TypeVar

from .._processes import require_process
from .._token_store import TokenStore
from ..errors import ConfigurationError

T = TypeVar("T")

Place = tuple[int, asyncio.AbstractEventLoop]


def running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        error = ConfigurationError(
            "AsyncComserv needs a running event loop of asyncio, as in asyncio.run; trio is not supported. Without one, "
            "use Comserv."
        )
    raise error


class PerLoop(Generic[T]):
    """One value for each event loop, created when it is first needed there."""

    __slots__ = ("_create", "_created", "_lock")

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._created: dict[asyncio.AbstractEventLoop, T] = {}
        self._lock = threading.Lock()

    def here(self) -> T:
        loop = running_loop()
        with self._lock:
            if loop not in self._created:
                # Those of loops that have ended are of no use to anybody.
                self._created = {one: value for one, value in self._created.items() if not one.is_closed()}
                self._created[loop] = self._create()
            return self._created[loop]


_STORE_SECONDS_MAX = 5


async def settled(result: object) -> object:
    """What a method of a token store returned, which may be a coroutine. One that takes longer has failed."""
    if inspect.isawaitable(result):
        return await asyncio.wait_for(result, _STORE_SECONDS_MAX)
    return result


def checked_methods(store: TokenStore | None) -> TokenStore | None:
    """Coroutines and functions both work here."""
    return store


def place() -> Place:
    """Where a response arrives."""
    return os.getpid(), running_loop()


def is_at(expected: Place) -> bool:
    return expected == (os.getpid(), asyncio.get_running_loop())


def require_place(expected: Place) -> None:
    require_process(expected[0])
    if expected[1] is not running_loop():
        raise ConfigurationError(
            "This response belongs to the event loop that requested it; the rest of it cannot be read in another."
        )


def in_one_loop(parts: AsyncIterator[T]) -> AsyncIterator[T]:
    """An iteration whose end is the end of the list.

    asyncio.run closes the generators of its loop, and in the next loop a closed one would end as if it were complete.
    """
    return _InOneLoop(parts)


class _InOneLoop(AsyncIterator[T]):
    __slots__ = ("_home", "_is_over", "_parts")

    def __init__(self, parts: AsyncIterator[T]) -> None:
        self._parts = parts
        self._home: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    async def __anext__(self) -> T:
        loop = running_loop()
        self._home = self._home or loop
        if self._home is not loop and not self._is_over:
            raise ConfigurationError(
                "This iteration began in another event loop, and cannot be continued in this one; begin a new one."
            )
        try:
            return await self._parts.__anext__()
        except StopAsyncIteration:
            self._is_over = True
            raise

    async def aclose(self) -> None:
        """As a generator has it, for contextlib.aclosing."""
        self._is_over = True
        if isinstance(self._parts, AsyncGenerator):
            await self._parts.aclose()
