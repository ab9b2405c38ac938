from __future__ import annotations

import asyncio
import random as chance
import time
from collections.abc import Awaitable, Callable
from types import TracebackType

import httpx

from .._connections import Connections
from .._options import (
    PersonSession,
    Settings,
    checked_base_url,
    checked_retries,
    checked_timeout,
    decide_who,
    timeout_default,
)
from .._retry import retries_default
from .._secret import Secret
from .._session_cookies import jar_without_sessions, keep_out_of_logs
from .http import AsyncHttp
from .resources import AsyncResources


class AsyncComserv(AsyncResources):
    """A client of one Comserv server. Create one and reuse it: its token is fetched once for all calls.

    :param base_url: the address of the server, such as ``https://comserv.example.org``
    :param api_key: the client secret itself, sent as X-API-Key
    :param client_id: with ``client_secret``: OAuth 2.0, a token is fetched, kept and renewed; recommended
    :param session: instead of them, a person who signs in with ``session.sign_in``; the cookie is this client's alone
    :param scope: the scopes of the tokens, separated by spaces; by default all of the credential's
    :param timeout: timeout in seconds of one attempt, up to the complete response; ``math.inf`` for none
    :param max_retries: retries after a temporary failure
    :param http_client: for your own proxy, certificates or limits: a client, which stays open when this one is closed
        and cannot be used in a forked child, or a function that creates one, called once in each process
    :param now: the current time in seconds since 1970; for tests
    :param random: from 0 to 1; for tests
    :param sleep: waits between attempts; for tests
    """

    __slots__ = ("_authentication", "_connections", "base_url")

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        session: bool = False,
        timeout: float = timeout_default,
        max_retries: int = retries_default,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        now: Callable[[], float] = time.time,
        random: Callable[[], float] = chance.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # From here on, printing the variables of this frame shows neither.
        api_key = Secret(api_key) if isinstance(api_key, str) else api_key
        client_secret = Secret(client_secret) if isinstance(client_secret, str) else client_secret
        settings = Settings(
            checked_base_url(base_url),
            decide_who(api_key, client_id, client_secret, scope, session),
            checked_timeout(timeout),
            checked_retries(max_retries),
            now,
            random,
        )
        self._connections = Connections(
            httpx.AsyncClient, http_client, lambda: httpx.AsyncClient(cookies=jar_without_sessions())
        )
        if isinstance(settings.who, PersonSession):
            keep_out_of_logs()
        self._authentication = settings.who.kind
        self.base_url = settings.base_url
        super().__init__(AsyncHttp(settings, self._connections, sleep))

    async def aclose(self) -> None:
        """Closes the connections, unless they belong to your own ``http_client``."""
        client = self._connections.close()
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> AsyncComserv:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "base_url"):
            return "<AsyncComserv that could not be made>"
        return f"<AsyncComserv base_url={self.base_url!r} authentication={self._authentication!r}>"
