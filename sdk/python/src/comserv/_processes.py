"""What belongs to one process: connections, and locks that somebody may hold.

A process that forks leaves its child copies of both. Two processes that read from one connection get each other's
responses, and a lock whose holder stayed behind is never released.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol

from .errors import ConfigurationError


class Forkable(Protocol):
    def begin_anew(self) -> None:
        """Called in a child, before anything else runs there: lets go of what is the parent's, and closes none of it."""
        ...


_living: weakref.WeakSet[Forkable] = weakref.WeakSet()


def begins_anew_in_children(one: Forkable) -> None:
    _living.add(one)


def _begin_anew() -> None:
    for one in list(_living):
        one.begin_anew()


# Windows knows no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def require_process(process: int) -> None:
    """:param process: the one that a response came to"""
    if os.getpid() != process:
        raise ConfigurationError(
            "This response belongs to the process that asked for it; what is left of it cannot be read after a fork."
        )
