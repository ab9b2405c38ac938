from __future__ import annotations

import asyncio
import random as chance
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import NoReturn

import httpx

from .._environment import environment_for
from .._login import DeviceCode, checked_scope, print_code
from .._options import (
    PersonSession,
    Settings,
    checked_base_url,
    checked_function,
    checked_retries,
    checked_timeout,
    decide_who,
    person_of,
    timeout_default,
)
from .._retry import retries_default
from .._secret import Secret, refuse_copies
from .._session_cookies import jar_without_sessions, keep_out_of_logs
from .._token_store import TokenStore, checked_store
from .connections import AsyncConnections
from .extension_resource import AsyncExtensionResource
from .http import AsyncHttp
from .login import by_device, refreshed
from .per_loop import checked_methods, settled
from .resources import AsyncResources


class AsyncComserv(AsyncResources):
    """A client of one Comserv server. Create one and reuse it: its token is fetched once for all calls.

    :param base_url: the address of the server, such as ``https://comserv.example.org``
    :param api_key: the client secret itself, sent as X-API-Key
    :param client_id: with ``client_secret``: OAuth 2.0, a token is fetched, kept and renewed; recommended
    :param session: instead of them, a person who signs in with ``session.sign_in``; the cookie is this client's alone
    :param scope: the scopes of the tokens, separated by spaces; by default all of the credential's
    :param refresh_token: with ``client_id``: an application that a person signed in to; it changes at each use
    :param save_refresh_token: called with each new refresh token, which replaces the one before it; with None after
        ``sign_out``
    :param timeout: timeout in seconds of one attempt, up to the complete response; ``math.inf`` for none
    :param max_retries: retries after a temporary failure
    :param token_store: with ``client_id``: where several processes share a token, such as ``FileTokenStore(folder)``
    :param http_client: for your own proxy, certificates or limits: a client, which stays open when this one is closed
        and cannot be used in a forked child or another event loop, or a function that creates one, called once in each
        process and loop
    :param now: the current time in seconds since 1970; for tests
    :param random: from 0 to 1; for tests
    :param sleep: waits between attempts; for tests
    """

    __slots__ = ("_authentication", "_connections", "_http", "base_url")

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        session: bool = False,
        refresh_token: str | None = None,
        save_refresh_token: Callable[[str | None], object] | None = None,
        timeout: float = timeout_default,
        max_retries: int = retries_default,
        token_store: TokenStore | None = None,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        now: Callable[[], float] = time.time,
        random: Callable[[], float] = chance.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # From here on, printing the variables of this frame shows neither.
        api_key = Secret(api_key) if isinstance(api_key, str) else api_key
        client_secret = Secret(client_secret) if isinstance(client_secret, str) else client_secret
        refresh_token = Secret(refresh_token) if isinstance(refresh_token, str) else refresh_token
        settings = Settings(
            checked_base_url(base_url),
            decide_who(api_key, client_id, client_secret, scope, session)
            if refresh_token is None
            else person_of(client_id, client_secret, refresh_token, save_refresh_token),
            checked_timeout(timeout),
            checked_retries(max_retries),
            checked_function("now", now),
            checked_function("random", random),
            checked_methods(checked_store(token_store)),
        )
        self._connections = AsyncConnections(http_client, lambda: _created(settings.base_url))
        if isinstance(settings.who, PersonSession):
            keep_out_of_logs()
        self._authentication = settings.who.kind
        self.base_url = settings.base_url
        self._http = AsyncHttp(settings, self._connections, checked_function("sleep", sleep))
        super().__init__(self._http)

    @classmethod
    async def login(
        cls,
        base_url: str,
        *,
        client_id: str,
        scope: str,
        show: Callable[[DeviceCode], object] = print_code,
        load_refresh_token: Callable[[], object] | None = None,
        save_refresh_token: Callable[[str | None], object] | None = None,
        timeout: float = timeout_default,
        max_retries: int = retries_default,
        http_client: httpx.AsyncClient | Callable[[], httpx.AsyncClient] | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> AsyncComserv:
        """Signs a person in to a program of an application, such as a command line.

        It shows a code, which the person enters in a browser on any device, and waits. With ``load_refresh_token`` and
        ``save_refresh_token`` that happens once.

        :param client_id: of an application of the kind ``native``
        :param scope: what the program asks the person for, such as ``openid documents:read``
        :param show: shows the code; by default on the standard error output
        :param load_refresh_token: returns the refresh token that was saved last, or None
        :param save_refresh_token: saves one, which replaces the one before it, or forgets it when given None; keep it as
            private as a password
        :raises ApiError: when the person refuses, or enters nothing within ten minutes
        :raises ConfigurationError: for an invalid argument
        """
        checked_scope(scope)
        saved = None if load_refresh_token is None else await settled(load_refresh_token())
        known = saved if isinstance(saved, str) and saved else None
        client = cls(
            base_url,
            client_id=client_id,
            refresh_token=known or "none",
            save_refresh_token=save_refresh_token,
            timeout=timeout,
            max_retries=max_retries,
            http_client=http_client,
            now=now,
            sleep=sleep,
        )
        try:
            token = None if known is None else await refreshed(client._http, known)
            if token is None:
                token = await by_device(client._http, scope, show, sleep)
            if save_refresh_token is not None:
                await settled(save_refresh_token(token))
        except BaseException:
            await client.aclose()
            raise
        client._http.signed_in_by(token)
        return client

    async def sign_out(self) -> None:
        """Ends the access of this application for the person, with all its tokens. Their session at the server goes on.

        ``save_refresh_token`` is called with None then.

        :raises ConfigurationError: for a client that no person signed in to
        """
        await self._http.sign_out()

    def resource(self, name: str) -> AsyncExtensionResource:
        """The records of an extension of the server.

        :param name: ``invoices`` are those of the extension of that name; others are named ``EXTENSION/PLURAL``
        :raises ConfigurationError: for another name
        """
        return AsyncExtensionResource(self._http, name)

    async def aclose(self) -> None:
        """Closes the connections, unless they belong to your own ``http_client``."""
        await self._connections.close()

    async def __aenter__(self) -> AsyncComserv:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse_copies()

    def __repr__(self) -> str:
        if not hasattr(self, "base_url"):
            return "<AsyncComserv that could not be made>"
        return f"<AsyncComserv base_url={self.base_url!r} authentication={self._authentication!r}>"


def _created(base_url: str) -> httpx.AsyncClient:
    found = environment_for(base_url)
    return httpx.AsyncClient(
        cookies=jar_without_sessions(), proxy=found.proxy, verify=found.verify, trust_env=False
    )
