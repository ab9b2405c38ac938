from __future__ import annotations

from collections.abc import Awaitable, Callable

from .._generated.answers import Session
from .._options import sendable
from .._secret import Secret
from ..errors import ComservError
from .shared_fetch import AsyncSharedFetch

_SAFE_METHODS = frozenset({"GET", "HEAD"})

AsyncAskForSession = Callable[[], Awaitable[Session]]
"""Reads the current session."""


class AsyncSessionAuthentication:
    """The cookie authenticates; changes also carry the CSRF token.

    The server returns the token at sign-in and from ``GET /session``, which is requested when a change needs an
    unknown token.
    """

    __slots__ = ("_ask", "_csrf_token", "_reading")

    def __init__(self, ask: AsyncAskForSession) -> None:
        self._ask = ask
        self._csrf_token: Secret | None = None
        self._reading = AsyncSharedFetch(self._read)

    async def headers(self, method: str) -> dict[str, str]:
        if method in _SAFE_METHODS:
            return {}
        return {"x-csrf-token": self._csrf_token or await self._reading.get(lambda: self._csrf_token)}

    async def renew(self, status: int, method: str, sent: dict[str, str]) -> bool:
        if status == 401:
            self._csrf_token = None
        if status != 403 or method in _SAFE_METHODS:
            return False
        refused = sent["x-csrf-token"]
        # Another caller may have renewed it while this one was waiting for its response.
        try:
            current = await self._reading.get(
                lambda: None if self._csrf_token == refused else self._csrf_token
            )
        except ComservError:
            # The error of the change says more.
            return False
        return current != refused

    def remember_csrf_token(self, token: str | None) -> None:
        self._csrf_token = None if token is None else Secret(sendable("csrf_token", token))

    async def _read(self) -> Secret:
        session = await self._ask()
        token = Secret(sendable("csrf_token", session.csrf_token))
        self._csrf_token = token
        return token
