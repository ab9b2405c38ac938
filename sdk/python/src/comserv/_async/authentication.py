from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Protocol

from .._error_mapping import checked_token
from .._generated.answers import Token
from .._kept_token import REFRESHED_EARLY_SECONDS, KeptToken
from .._options import ApiKey, ClientCredentials, PersonAccess, PersonSession, Settings
from .._secret import Secret
from .._token_store import StoredToken, TokenStore
from ..errors import ConfigurationError
from .per_loop import settled
from .person_authentication import AsyncPersonAuthentication
from .session_authentication import AsyncAskForSession, AsyncSessionAuthentication
from .shared_fetch import AsyncSharedFetch

AsyncAsk = Callable[[dict[str, str | None]], Awaitable[Token]]
"""Posts a form to the token endpoint."""


class AsyncAuthentication(Protocol):
    """How requests are authenticated."""

    async def headers(self, method: str) -> dict[str, str]: ...

    async def renew(self, status: int, method: str, sent: dict[str, str]) -> bool:
        """Called once, when a request was refused. Whether other headers than those sent may do better."""
        ...

    def remember_csrf_token(self, token: str | None) -> None:
        """Receives each one that the server returns, and None when a session ends."""
        ...


def authentication_of(
    settings: Settings, ask: AsyncAsk, ask_for_session: AsyncAskForSession
) -> AsyncAuthentication:
    if isinstance(settings.who, ApiKey):
        return AsyncKeyAuthentication(settings.who)
    if isinstance(settings.who, PersonAccess):
        return AsyncPersonAuthentication(settings.who, ask, settings.now)
    if isinstance(settings.who, PersonSession):
        return AsyncSessionAuthentication(ask_for_session)
    stored = None if settings.token_store is None else StoredToken(settings.who, settings.base_url)
    return AsyncTokenAuthentication(settings.who, ask, settings.now, settings.token_store, stored)


class AsyncKeyAuthentication:
    __slots__ = ("_headers",)

    def __init__(self, who: ApiKey) -> None:
        self._headers: dict[str, str] = {"x-api-key": who.api_key}

    async def headers(self, method: str) -> dict[str, str]:
        return self._headers

    async def renew(self, status: int, method: str, sent: dict[str, str]) -> bool:
        return False

    def remember_csrf_token(self, token: str | None) -> None:
        pass


class AsyncTokenAuthentication:
    """OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched once for all waiting calls."""

    __slots__ = ("_ask", "_client", "_fetching", "_now", "_refused", "_store", "_stored", "_token")

    def __init__(
        self,
        client: ClientCredentials,
        ask: AsyncAsk,
        now: Callable[[], float],
        store: TokenStore | None,
        stored: StoredToken | None,
    ) -> None:
        self._client = client
        self._ask = ask
        self._now = now
        self._store = store
        self._stored = stored
        self._token: KeptToken | None = None
        self._refused = ""
        self._fetching = AsyncSharedFetch(self._fetch)

    async def headers(self, method: str) -> dict[str, str]:
        token = self._kept() or await self._fetching.get(self._kept)
        return {"authorization": token.header}

    async def renew(self, status: int, method: str, sent: dict[str, str]) -> bool:
        if status != 401:
            return False
        # Recorded, not dropped: another caller may have renewed the token while this one was waiting.
        self._refused = sent["authorization"]
        return True

    def remember_csrf_token(self, token: str | None) -> None:
        pass

    def _kept(self) -> KeptToken | None:
        token = self._token
        if token is None or token.header == self._refused or self._now() >= token.renew_at:
            return None
        return token

    async def _fetch(self) -> KeptToken:
        self._token = token = await self._shared() or await self._asked()
        return token

    async def _asked(self) -> KeptToken:
        asked_at = self._now()
        answer = await self._ask({"grant_type": "client_credentials", "scope": self._client.scope})
        access_token, expires_in = checked_token(answer)
        renew_at = asked_at + expires_in - REFRESHED_EARLY_SECONDS
        await self._share(access_token, int(renew_at))
        return KeptToken(Secret(f"Bearer {access_token}"), renew_at)

    async def _shared(self) -> KeptToken | None:
        """Of another process. After a 401, only another token than the refused one is of use."""
        if self._store is None or self._stored is None:
            return None
        try:
            entry = await settled(self._store.get(self._stored.name))
        except ConfigurationError:
            raise
        except Exception:
            return None
        if (found := self._stored.token_in(entry, self._now())) is None:
            return None
        token, renew_at = found
        header = Secret(f"Bearer {token}")
        return None if header == self._refused else KeptToken(header, renew_at)

    async def _share(self, token: str, renew_at: int) -> None:
        """A store that fails is passed over."""
        seconds = renew_at - math.ceil(self._now())
        if self._store is None or self._stored is None or seconds <= 0:
            return
        entry = self._stored.entry_of(token, renew_at)
        try:
            await settled(self._store.set(self._stored.name, str.__str__(entry), seconds))
        except ConfigurationError:
            raise
        except Exception:
            return
