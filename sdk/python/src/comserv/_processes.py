"""State that belongs to one process: connections, and locks that may be held.

A fork copies both into the child. Two processes that read from one connection get each other's responses, and a lock
held in the parent is never released.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol

from .errors import ConfigurationError


class Forkable(Protocol):
    def begin_anew(self) -> None:
        """Called in a child, before anything else runs there: drops what belongs to the parent without closing it."""
        ...


_living: weakref.WeakSet[Forkable] = weakref.WeakSet()


def begins_anew_in_children(one: Forkable) -> None:
    _living.add(one)


def _begin_anew() -> None:
    for one in list(_living):
        one.begin_anew()


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def require_process(process: int) -> None:
    """:param process: the one that received the response"""
    if os.getpid() != process:
        raise ConfigurationError(
            "This response belongs to the process that requested it; the rest of it cannot be read after a fork."
        )
