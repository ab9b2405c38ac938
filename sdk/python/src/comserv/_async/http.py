"""What the resources are built on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from .._answer import Answer, Raw, Response, with_response
from .._arguments import checked_position, shown
from .._error_mapping import api_error_of, decoded, foreign_answer
from .._generated.answers import Session, Token
from .._options import (
    ClientCredentials,
    PersonAccess,
    PersonSession,
    Settings,
    checked_retries,
    checked_timeout,
    sendable,
)
from .._outgoing import Outgoing, content_of, headers_of, url_of, with_texts
from .._retry import Answered, reconnect_delay_ms, retry_delay_ms
from .._secret import SECRET_FIELDS, Secret, refuse_copies
from .._session_cookies import SessionCookies
from ..errors import ApiError, ConfigurationError, ConnectionError
from .authentication import authentication_of
from .connections import AsyncConnections
from .event_stream import AsyncEventStream
from .exchange import AsyncReceived, Attempt, exchange
from .export import AsyncExport
from .list_call import AsyncListCall, list_call
from .page import fetch_page
from .person_authentication import AsyncPersonAuthentication

A = TypeVar("A", bound=Answer)
T = TypeVar("T")
M = TypeVar("M")
P = TypeVar("P", bound=Answer)

_STREAM_TIMEOUT = 45.0
"""Without a byte for that long, a stream is dead: the server sends a comment every 15 seconds."""


class AsyncHttp:
    __slots__ = ("_authentication", "_connections", "_cookies", "_settings", "_sleep")

    def __init__(
        self,
        settings: Settings,
        connections: AsyncConnections,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._sleep = sleep
        self._cookies = SessionCookies() if isinstance(settings.who, PersonSession) else None
        self._authentication = authentication_of(settings, self._ask_for_token, self._ask_for_session)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse_copies()

    async def call(self, answer: Callable[[Raw], A], outgoing: Outgoing) -> A:
        """:param answer: builds it from the body"""
        received = await self.send(self._ready(outgoing))
        made = self._made(answer, received)
        if outgoing.is_of_session:
            self._authentication.remember_csrf_token(received.body["csrf_token"])
        return made

    async def call_or_none(self, answer: Callable[[Raw], A], outgoing: Outgoing) -> A | None:
        """The same where the response is empty for callers who may not read the result."""
        received = await self.send(self._ready(outgoing))
        return None if received.status == 204 else self._made(answer, received)

    async def call_or_part(
        self, answer: Callable[[Raw], A], part: Callable[[Raw], P], outgoing: Outgoing
    ) -> A | P:
        """The same where callers who may not read the result get what the call made."""
        received = await self.send(self._ready(outgoing))
        return self._made(part, received) if received.status == 201 else self._made(answer, received)

    def _made(self, answer: Callable[[Raw], A], received: AsyncReceived) -> A:
        if received.body is None:
            raise foreign_answer(received.status, received.headers)
        made = decoded(answer, received.body, received.status, received.headers)
        return with_response(made, Response(status=received.status, headers=received.headers))

    async def call_plain(self, outgoing: Outgoing) -> dict[str, Any]:
        """A response without a schema."""
        received = await self.send(self._ready(outgoing))
        if not isinstance(received.body, dict):
            raise foreign_answer(received.status, received.headers)
        return received.body

    async def call_empty(self, outgoing: Outgoing) -> None:
        received = await self.send(self._ready(outgoing))
        if received.body is None and not received.is_empty:
            raise foreign_answer(received.status, received.headers)
        if outgoing.is_of_session:
            self._authentication.remember_csrf_token(None)
            if self._cookies is not None:
                self._cookies.forget()

    def list(
        self,
        row: Callable[[Raw], T],
        meta: Callable[[Raw], M],
        path: str,
        query: Mapping[str, object],
        timeout: float | None,
        max_retries: int | None,
    ) -> AsyncListCall[T, M]:
        asked = Outgoing(method="GET", path=path, query=query, timeout=timeout, max_retries=max_retries)
        return list_call(lambda: fetch_page(self.send, asked, row, meta))

    def export(
        self,
        row: Callable[[Raw], T],
        path: str,
        query: Mapping[str, object],
        timeout: float | None,
        max_retries: int | None,
    ) -> AsyncExport[T]:
        async def open(accept: str) -> tuple[AsyncIterator[bytes], str | None]:
            received = await self.send(
                Outgoing(
                    method="GET",
                    path=path,
                    query=query,
                    accept=accept,
                    timeout=timeout,
                    max_retries=max_retries,
                    is_streamed=True,
                )
            )
            if received.chunks is None:
                raise foreign_answer(received.status, received.headers)
            return received.chunks, received.headers.get("x-export-end")

        return AsyncExport(row, open)

    def stream(
        self,
        row: Callable[[Raw], T],
        path: str,
        query: Mapping[str, Any],
        timeout: float | None,
        max_retries: int | None,
        lists: Collection[str],
    ) -> AsyncEventStream[T]:
        """:param lists: the parameters that take a list"""

        async def open(after: int | None, is_first: bool) -> AsyncIterator[bytes]:
            return await self._chunks(
                Outgoing(
                    method="GET",
                    path=path,
                    query={**with_texts(query, lists), "after": after},
                    accept="text/event-stream",
                    timeout=_STREAM_TIMEOUT if timeout is None else timeout,
                    max_retries=max_retries if is_first else 0,
                )
            )

        async def wait(reconnects: int, retry_ms: int) -> None:
            random = self._settings.random()
            delay_ms = reconnect_delay_ms(reconnects=reconnects, retry_ms=retry_ms, random=random)
            await self._sleep(delay_ms / 1_000)

        return AsyncEventStream(row, checked_position(query.get("after")), max_retries, open, wait)

    async def _chunks(self, outgoing: Outgoing) -> AsyncIterator[bytes]:
        received = await self.send(replace(outgoing, is_streamed=True))
        if received.chunks is None:
            raise foreign_answer(received.status, received.headers)
        return received.chunks

    async def send(self, outgoing: Outgoing) -> AsyncReceived:
        """Sends a request, retries it after temporary failures, and once with new credentials."""
        client = self._connections.client()
        settings = self._settings
        attempt = Attempt(
            outgoing.method,
            url_of(settings.base_url, outgoing),
            headers_of(outgoing),
            content_of(outgoing),
            settings.timeout if outgoing.timeout is None else checked_timeout(outgoing.timeout),
            outgoing.is_streamed,
        )
        retries_max = (
            settings.max_retries if outgoing.max_retries is None else checked_retries(outgoing.max_retries)
        )
        retries = 0
        has_renewed = False
        while True:
            who = {} if outgoing.is_public else await self._authentication.headers(attempt.method)
            failure: Answered | None = None
            error: ApiError | ConnectionError
            try:
                received = await exchange(client, attempt, who, self._cookies)
            except ConnectionError as lost:
                error = lost
            else:
                status, headers = received.status, received.headers
                if status < 300:
                    return received
                if status < 400:
                    raise foreign_answer(status, headers)
                if not outgoing.is_public and not has_renewed:
                    has_renewed = await self._authentication.renew(status, attempt.method, who)
                    if has_renewed:
                        continue
                failure = Answered(status, headers.get("retry-after"))
                error = api_error_of(status, headers, received.body, settings.now())
            if retries >= retries_max:
                raise error
            delay_ms = retry_delay_ms(failure, retries=retries, now=settings.now(), random=settings.random())
            if delay_ms is None:
                raise error
            await self._sleep(delay_ms / 1_000)
            retries += 1

    def _ready(self, outgoing: Outgoing) -> Outgoing:
        """Raises ConfigurationError for a call that this client cannot make."""
        who = self._settings.who
        if outgoing.is_of_session and not isinstance(who, PersonSession):
            raise ConfigurationError("Signing in and out needs a client with session=True.")
        if outgoing.form is None:
            return outgoing
        if not isinstance(who, (ClientCredentials, PersonAccess)):
            raise ConfigurationError("The OAuth calls need a client with client_id and client_secret.")
        for name in SECRET_FIELDS & outgoing.form.keys():
            sendable(name, outgoing.form[name])
        for name, value in outgoing.form.items():
            if value is not None and not isinstance(value, str):
                raise ConfigurationError(f"{name} must be a string, not {shown(value)}.")
        client = {"client_id": who.client_id, "client_secret": who.client_secret}
        return replace(outgoing, form={**outgoing.form, **client})

    def signed_in_by(self, refresh_token: Secret) -> None:
        """For an application: whose person has just signed in."""
        if isinstance(self._authentication, AsyncPersonAuthentication):
            self._authentication.refresh_token = refresh_token

    async def sign_out(self) -> None:
        if not isinstance(self._authentication, AsyncPersonAuthentication):
            raise ConfigurationError(
                "Only a client of an application that a person signed in to can sign out."
            )
        await self._authentication.sign_out(self._revoke)

    async def _revoke(self, refresh_token: Secret) -> None:
        form: dict[str, str | None] = {"token": refresh_token}
        asked = Outgoing(method="POST", path="/api/v1/oauth/revoke", form=form, is_public=True)
        await self.call_empty(asked)

    async def _ask_for_session(self) -> Session:
        return await self.call(Session._of, Outgoing(method="GET", path="/api/v1/session"))

    async def _ask_for_token(self, form: dict[str, str | None]) -> Token:
        asked = Outgoing(method="POST", path="/api/v1/oauth/token", form=form, is_public=True)
        return await self.call(Token._of, asked)
