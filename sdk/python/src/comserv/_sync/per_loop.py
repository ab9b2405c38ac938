"""What belongs to one event loop in the other client: here it is for all threads. Written by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from .._processes import require_process

T = TypeVar("T")

Place = int


class PerLoop(Generic[T]):
    __slots__ = ("_created",)

    def __init__(self, create: Callable[[], T]) -> None:
        self._created = create()

    def here(self) -> T:
        return self._created


def settled(result: object) -> object:
    return result


def place() -> Place:
    """Where a response arrives: the process."""
    return os.getpid()


def is_at(expected: Place) -> bool:
    return os.getpid() == expected


def require_place(expected: Place) -> None:
    require_process(expected)


def in_one_loop(parts: Iterator[T]) -> Iterator[T]:
    return parts
