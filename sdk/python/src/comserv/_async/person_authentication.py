from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from .._error_mapping import checked_token
from .._generated.answers import Token
from .._kept_token import REFRESHED_EARLY_SECONDS, KeptToken
from .._options import PersonAccess
from .._secret import Secret
from ..errors import ConfigurationError
from .per_loop import settled
from .shared_fetch import AsyncSharedFetch


class AsyncPersonAuthentication:
    """An application that a person signed in to: access tokens by its refresh token, which changes at each use.

    The new one is saved before it is used: until then, and for ten seconds, the server gives the same one again.
    """

    __slots__ = ("_ask", "_fetching", "_now", "_person", "_refused", "_token", "refresh_token")

    def __init__(
        self,
        person: PersonAccess,
        ask: Callable[[dict[str, str | None]], Awaitable[Token]],
        now: Callable[[], float],
    ) -> None:
        self._person = person
        self._ask = ask
        self._now = now
        self.refresh_token = person.refresh_token
        self._token: KeptToken | None = None
        self._refused = ""
        self._fetching = AsyncSharedFetch(self._fetch)

    async def headers(self, method: str) -> dict[str, str]:
        token = self._kept() or await self._fetching.get(self._kept)
        return {"authorization": token.header}

    async def renew(self, status: int, method: str, sent: dict[str, str]) -> bool:
        if status != 401:
            return False
        self._refused = sent["authorization"]
        return True

    def remember_csrf_token(self, token: str | None) -> None:
        pass

    def _kept(self) -> KeptToken | None:
        token = self._token
        if token is None or token.header == self._refused or self._now() >= token.renew_at:
            return None
        return token

    async def sign_out(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """:param revoke: ends a refresh token with all its access tokens"""
        if self.refresh_token:
            await revoke(self.refresh_token)
        self.refresh_token = Secret("")
        self._token = None
        if self._person.save_refresh_token is not None:
            await settled(self._person.save_refresh_token(None))

    async def _fetch(self) -> KeptToken:
        if not self.refresh_token:
            raise ConfigurationError("The person has signed out of this client; sign in with a new one.")
        asked_at = self._now()
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": self.refresh_token})
        access_token, expires_in = checked_token(answer)
        following = answer.refresh_token
        if isinstance(following, str) and re.fullmatch("[\x21-\x7e]+", following):
            if following != self.refresh_token and self._person.save_refresh_token is not None:
                await settled(self._person.save_refresh_token(following))
            self.refresh_token = Secret(following)
        renew_at = asked_at + expires_in - REFRESHED_EARLY_SECONDS
        self._token = token = KeptToken(Secret(f"Bearer {access_token}"), renew_at)
        return token
