"""The httpx client of this process. Written by hand, unlike most of this folder: the other client has one a loop."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from .._connections import creation_of
from .._processes import begins_anew_in_children
from ..errors import ConfigurationError


class Connections:
    """One client for all threads. A forked child creates its own when it first needs one."""

    __slots__ = ("__weakref__", "_client", "_create", "_is_closed", "_is_given", "_lock")

    def __init__(
        self,
        given: httpx.Client | Callable[[], httpx.Client] | None,
        default: Callable[[], httpx.Client],
    ) -> None:
        self._client, self._create = creation_of(httpx.Client, given, default)
        self._is_given = self._client is not None
        self._is_closed = False
        self._lock = threading.Lock()
        begins_anew_in_children(self)
        # A failure surfaces in the constructor, not in the first call.
        self.client()

    def client(self) -> httpx.Client:
        client = self._client
        if client is not None and not self._is_closed and not client.is_closed:
            return client
        with self._lock:
            if self._is_closed or (self._client is not None and self._client.is_closed):
                raise ConfigurationError("The client is closed.")
            if self._client is None:
                self._client = self._create()
            return self._client

    def close(self) -> None:
        """Unless it is the caller's."""
        if self._is_given:
            return
        self._is_closed = True
        if self._client is not None:
            self._client.close()

    def begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._client = None
