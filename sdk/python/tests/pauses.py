"""Waiting without waiting, and calls at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rig import Server

T = TypeVar("T")


class Pauses:
    """Writes down how long a client was to wait, and moves the server's clock instead."""

    def __init__(self, server: Server | None = None) -> None:
        self.waited: list[float] = []
        self._server = server

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self._server is not None:
            self._server.advance(seconds)

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


def at_once(count: int, call: Callable[[], T]) -> list[T]:
    """What so many threads get that call at the same time."""
    with ThreadPoolExecutor(count) as threads:
        return [running.result() for running in [threads.submit(call) for _ in range(count)]]


async def async_at_once(count: int, call: Callable[[], Awaitable[T]]) -> list[T]:
    """What so many tasks get that call at the same time."""
    return list(await asyncio.gather(*(call() for _ in range(count))))
