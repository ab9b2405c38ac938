from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import Session, SetupState
from ..._options import PersonSession
from ..._outgoing import Outgoing
from ..._secret import hidden
from ...errors import ConfigurationError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import Setup, SignIn
    from ..http import AsyncHttp


class AsyncCurrentSession:
    """Signing in and out as a person (``session=True``)."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def sign_in(
        self,
        *,
        timeout: float | None = None,
        max_retries: int = 0,
        **person: Unpack[SignIn],
    ) -> Session:
        """Opens a session; one that this client had before ends. Sent once, unless ``max_retries`` says otherwise."""
        person = hidden(person)
        return await _signed_in(
            self._http,
            Outgoing(
                method="POST",
                path="/api/v1/session",
                json=person,
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def current(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Session:
        """Who is signed in. Raises AuthenticationFailedError when nobody is."""
        session = await self._http.call(
            Session._of,
            Outgoing(
                method="GET",
                path="/api/v1/session",
                timeout=timeout,
                max_retries=max_retries,
            ),
        )
        self._http.remember_csrf_token(session.csrf_token)
        return session

    async def sign_out(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path="/api/v1/session",
                timeout=timeout,
                max_retries=max_retries,
            )
        )
        self._http.forget_session()


class AsyncFirstSetup:
    """The first administrator, made once with the token of the link that the server prints."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> SetupState:
        return await self._http.call(
            SetupState._of,
            Outgoing(
                method="GET",
                path="/api/v1/setup",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def create(
        self,
        *,
        timeout: float | None = None,
        max_retries: int = 0,
        **administrator: Unpack[Setup],
    ) -> Session:
        """Makes the administrator, and signs in. Sent once, unless ``max_retries`` says otherwise."""
        administrator = hidden(administrator)
        return await _signed_in(
            self._http,
            Outgoing(
                method="POST",
                path="/api/v1/setup",
                json=administrator,
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )


async def _signed_in(http: AsyncHttp, outgoing: Outgoing) -> Session:
    if not isinstance(http.who, PersonSession):
        raise ConfigurationError("Signing in needs a client with session=True.")
    session = await http.call(Session._of, outgoing)
    http.remember_csrf_token(session.csrf_token)
    return session
