from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .._processes import begins_anew_in_children
from ..errors import ComservError
from .per_loop import PerLoop

T = TypeVar("T")


@dataclass(slots=True)
class _Turns:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: int = 0
    failure: ComservError | None = None


class AsyncSharedFetch(Generic[T]):
    """Runs once for all concurrent callers, who share its result."""

    __slots__ = ("__weakref__", "_fetch", "_turns")

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._turns = PerLoop(_Turns)
        begins_anew_in_children(self)

    def begin_anew(self) -> None:
        """A fetch that was running at the fork runs in the parent."""
        self._turns = PerLoop(_Turns)

    async def get(self, kept: Callable[[], T | None]) -> T:
        """:param kept: the previous result, while it is valid"""
        turns = self._turns.here()
        ended_before = turns.ended
        async with turns.lock:
            if (known := kept()) is not None:
                return known
            if turns.failure is not None and turns.ended > ended_before:
                # Callers that waited share its outcome; later callers fetch again.
                raise turns.failure.with_traceback(None)
            turns.failure = None
            try:
                return await self._fetch()
            except ComservError as error:
                turns.failure = error
                raise
            finally:
                turns.ended += 1
