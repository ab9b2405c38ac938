from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import ListedSession, User
from ..._lists import ListMeta
from ..._outgoing import Outgoing, path
from ..._secret import hidden

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import ListMySessionsQuery, MeUpdate, PasswordChange
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncMe:
    """The person who is signed in (``session=True``)."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> User:
        return await self._http.call(
            User._of,
            Outgoing(
                method="GET",
                path="/api/v1/me",
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def update(
        self,
        *,
        if_match: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **changes: Unpack[MeUpdate],
    ) -> User:
        """Changes the fields that are given; None clears an optional one."""
        return await self._http.call(
            User._of,
            Outgoing(
                method="PATCH",
                path="/api/v1/me",
                json=changes,
                if_match=if_match,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def change_password(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **change: Unpack[PasswordChange],
    ) -> None:
        """Ends all other sessions of mine."""
        change = hidden(change)
        await self._http.call_empty(
            Outgoing(
                method="POST",
                path="/api/v1/me/password",
                json=change,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    def sessions(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListMySessionsQuery],
    ) -> AsyncListCall[ListedSession, ListMeta]:
        """Where I am signed in."""
        return self._http.list(
            ListedSession._of, ListMeta._of, "/api/v1/me/sessions", query, timeout, max_retries
        )

    async def end_session(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/me/sessions/{}", id),
                timeout=timeout,
                max_retries=max_retries,
            )
        )
