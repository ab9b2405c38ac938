"""What belongs to one event loop in the other client: here it is for all threads. Written by hand."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from .._processes import require_process
from .._token_store import TokenStore
from ..errors import ConfigurationError

T = TypeVar("T")

Place = int


class PerLoop(Generic[T]):
    __slots__ = ("_created",)

    def __init__(self, create: Callable[[], T]) -> None:
        self._created = create()

    def here(self) -> T:
        return self._created


def settled(result: object) -> object:
    """What a method of a token store returned."""
    if inspect.iscoroutine(result):
        result.close()
    if inspect.isawaitable(result):
        raise _store_of_coroutines()
    return result


def checked_methods(store: TokenStore | None) -> TokenStore | None:
    if store is not None and any(inspect.iscoroutinefunction(one) for one in (store.get, store.set)):
        raise _store_of_coroutines()
    return store


def _store_of_coroutines() -> ConfigurationError:
    return ConfigurationError(
        "The methods of token_store are coroutines, as those of redis.asyncio; that is for AsyncComserv. Pass a store with "
        "plain methods, such as redis.Redis."
    )


def place() -> Place:
    """Where a response arrives: the process."""
    return os.getpid()


def is_at(expected: Place) -> bool:
    return os.getpid() == expected


def require_place(expected: Place) -> None:
    require_process(expected)


def in_one_loop(parts: Iterator[T]) -> Iterator[T]:
    return parts
