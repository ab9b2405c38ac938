"""What the programs in this folder have in common: each is started by test_forking.py, and forks for real."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

calls = 30
children = 4


def options() -> dict[str, Any]:
    """Whose calls they are: an API key, or a client with tokens."""
    if "KEY" in os.environ:
        return {"api_key": os.environ["KEY"]}
    return {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"]}


def fork(child: Callable[[], object], leave: Callable[[int], Any] = sys.exit) -> int:
    """:param leave: how the child ends: through all destructors unless given"""
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        child()
    except Exception:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    leave(0)
    raise AssertionError("unreachable")


def require_success(pids: list[int], meanwhile: Callable[[], object] = lambda: time.sleep(0.01)) -> None:
    """:param meanwhile: what the parent does over and over; httpx closes what was idle for 5 s"""
    for pid in pids:
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended == pid:
                break
            meanwhile()
        assert os.waitstatus_to_exitcode(status) == 0, f"A child ended with {status}."
