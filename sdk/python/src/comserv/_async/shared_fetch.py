from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .._processes import begins_anew_in_children
from ..errors import ComservError

T = TypeVar("T")


class AsyncSharedFetch(Generic[T]):
    """Runs once for all concurrent callers, who share its result."""

    __slots__ = ("__weakref__", "_ended", "_failure", "_fetch", "_lock")

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._ended = 0
        self._failure: ComservError | None = None
        self._lock = asyncio.Lock()
        begins_anew_in_children(self)

    def begin_anew(self) -> None:
        """A fetch that was running at the fork runs in the parent."""
        self._lock = asyncio.Lock()
        self._failure = None

    async def get(self, kept: Callable[[], T | None]) -> T:
        """:param kept: the previous result, while it is valid"""
        ended_before = self._ended
        async with self._lock:
            if (known := kept()) is not None:
                return known
            if self._failure is not None and self._ended > ended_before:
                # Callers that waited share its outcome; later callers fetch again.
                raise self._failure.with_traceback(None)
            self._failure = None
            try:
                return await self._fetch()
            except ComservError as error:
                self._failure = error
                raise
            finally:
                self._ended += 1
