from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import httpx

from ._processes import begins_anew_in_children
from .errors import ConfigurationError

C = TypeVar("C", httpx.Client, httpx.AsyncClient)


class Connections(Generic[C]):
    """The httpx client of this process. A forked child creates its own when it first needs one."""

    __slots__ = ("__weakref__", "_client", "_is_closed", "_lock", "_make")

    def __init__(self, kind: type[C], given: C | Callable[[], C] | None, default: Callable[[], C]) -> None:
        """:param given: by the caller: a client, which stays open and in its process, or a function that creates one"""
        self._client: C | None = None
        self._make: Callable[[], C] | None = default
        if isinstance(given, kind):
            self._client = given
            self._make = None
        elif given is not None:
            if isinstance(given, (httpx.Client, httpx.AsyncClient)) or not callable(given):
                raise _wrong(kind)
            self._make = _checked(kind, given)
        self._is_closed = False
        self._lock = threading.Lock()
        begins_anew_in_children(self)
        # A failure surfaces in the constructor, not in the first call.
        self.client()

    def client(self) -> C:
        client = self._client
        if client is not None and not self._is_closed and not client.is_closed:
            return client
        with self._lock:
            if self._is_closed or (self._client is not None and self._client.is_closed):
                raise ConfigurationError("The client is closed.")
            if self._client is None:
                self._client = self._made()
            return self._client

    def close(self) -> C | None:
        """Stops using it. :returns: the client that the caller has to close"""
        self._is_closed = self._make is not None
        return self._client if self._is_closed else None

    def begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._client = None

    def _made(self) -> C:
        if self._make is None:
            raise ConfigurationError(
                "The http_client was created in another process, before a fork, and its connections stay there. Pass a "
                "function as http_client, such as http_client=lambda: httpx.Client(…), or a client in each process."
            )
        return self._make()


def _checked(kind: type[C], make: Callable[[], C]) -> Callable[[], C]:
    def made() -> C:
        client = make()
        if not isinstance(client, kind):
            raise _wrong(kind)
        return client

    return made


def _wrong(kind: type[C]) -> ConfigurationError:
    return ConfigurationError(
        f"http_client must be an httpx.{kind.__name__}, or a function that creates one in each process."
    )
