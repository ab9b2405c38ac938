from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from .._generated.answers import Token
from .._options import ApiKey, ClientCredentials, Settings
from .._secret import Secret
from ..errors import ComservError

_REFRESHED_EARLY_SECONDS = 60

AsyncAsk = Callable[[dict[str, str]], Awaitable[Token]]
"""Posts a form to the token endpoint."""


class AsyncAuthentication(Protocol):
    """How requests say who calls."""

    async def headers(self) -> dict[str, str]: ...

    async def renew(self, status: int, sent: dict[str, str]) -> bool:
        """Asked once, when a request was refused. Whether other headers than those sent may do better."""
        ...


def authentication_of(settings: Settings, ask: AsyncAsk) -> AsyncAuthentication:
    if isinstance(settings.who, ApiKey):
        return AsyncKeyAuthentication(settings.who)
    return AsyncTokenAuthentication(settings.who, ask, settings.now)


class AsyncKeyAuthentication:
    __slots__ = ("_headers",)

    def __init__(self, who: ApiKey) -> None:
        self._headers: dict[str, str] = {"x-api-key": who.api_key}

    async def headers(self) -> dict[str, str]:
        return self._headers

    async def renew(self, status: int, sent: dict[str, str]) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    header: Secret
    renew_at: float


class AsyncTokenAuthentication:
    """OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, one fetch for all that wait for it."""

    __slots__ = ("_ask", "_client", "_ended", "_failure", "_lock", "_now", "_refused", "_token")

    def __init__(self, client: ClientCredentials, ask: AsyncAsk, now: Callable[[], float]) -> None:
        self._client = client
        self._ask = ask
        self._now = now
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._refused = ""
        self._ended = 0
        self._failure: ComservError | None = None

    async def headers(self) -> dict[str, str]:
        token = self._kept() or await self._fetched()
        return {"authorization": token.header}

    async def renew(self, status: int, sent: dict[str, str]) -> bool:
        if status != 401:
            return False
        # Named, and not thrown away: another caller may have renewed it while this one was waiting for its answer.
        self._refused = sent["authorization"]
        return True

    def _kept(self) -> _Token | None:
        token = self._token
        if token is None or token.header == self._refused or self._now() >= token.renew_at:
            return None
        return token

    async def _fetched(self) -> _Token:
        ended_before = self._ended
        async with self._lock:
            if (kept := self._kept()) is not None:
                return kept
            if self._failure is not None and self._ended > ended_before:
                # Whoever waited for a fetch shares how it ended; whoever comes later fetches anew.
                raise self._failure.with_traceback(None)
            asked_at = self._now()
            self._failure = None
            try:
                answer = await self._ask(self._form())
            except ComservError as error:
                self._failure = error
                raise
            finally:
                self._ended += 1
            renew_at = asked_at + answer.expires_in - _REFRESHED_EARLY_SECONDS
            self._token = _Token(Secret(f"Bearer {answer.access_token}"), renew_at)
            return self._token

    def _form(self) -> dict[str, str]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
        }
        return form if self._client.scope is None else {**form, "scope": self._client.scope}
