from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import CreatedUser, ListedUser, TrashedUser, User, UserBatchResult
from ..._lists import ListMeta, batch_of
from ..._outgoing import Outgoing, path
from ..._secret import hidden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from ..._generated.requests import (
        ExportUsersQuery,
        ListTrashedUsersQuery,
        ListUsersQuery,
        UserBatchItem,
        UserCreate,
        UserRestore,
        UserUpdate,
    )
    from ..._lists import BatchAnswer
    from ..export import AsyncExport
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncUsers:
    """Scopes ``users:read`` and ``users:write``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self, *, timeout: float | None = None, max_retries: int | None = None, **query: Unpack[ListUsersQuery]
    ) -> AsyncListCall[ListedUser, ListMeta]:
        """Users, page by page. Iterated over it is everyone, each page fetched when it is needed."""
        return self._http.list(ListedUser._of, ListMeta._of, "/api/v1/users", query, timeout, max_retries)

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> User:
        return await self._http.call(
            User._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/users/{}", id),
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def create(
        self,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **user: Unpack[UserCreate],
    ) -> CreatedUser:
        user = hidden(user)
        return await self._http.call(
            CreatedUser._of,
            Outgoing(
                method="POST",
                path="/api/v1/users",
                json=user,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def update(
        self,
        id: int,
        *,
        if_match: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **changes: Unpack[UserUpdate],
    ) -> User:
        """Changes the fields that are given; None clears an optional one."""
        changes = hidden(changes)
        return await self._http.call(
            User._of,
            Outgoing(
                method="PATCH",
                path=path("/api/v1/users/{}", id),
                json=changes,
                if_match=if_match,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def delete(
        self,
        id: int,
        *,
        if_match: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        """Moves the user to the trash, from where ``restore`` brings it back for 30 days."""
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/users/{}", id),
                if_match=if_match,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def restore(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **changes: Unpack[UserRestore],
    ) -> User:
        """Brings the user back; with another ``username`` or ``email`` where someone else has taken theirs since."""
        return await self._http.call(
            User._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/users/{}/restore", id),
                json=changes or None,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    def trash(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListTrashedUsersQuery],
    ) -> AsyncListCall[TrashedUser, ListMeta]:
        """Those who were deleted and can be restored."""
        return self._http.list(
            TrashedUser._of, ListMeta._of, "/api/v1/users/trash", query, timeout, max_retries
        )

    async def batch(
        self,
        items: Sequence[UserBatchItem],
        *,
        atomic: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> BatchAnswer[UserBatchResult]:
        """Up to 100 changes in one request, each with a result of its own; with ``atomic`` all are done or none is."""
        items = hidden(items)
        return await self._http.call(
            batch_of(UserBatchResult._of),
            Outgoing(
                method="POST",
                path="/api/v1/users/batch",
                query={"atomic": atomic},
                json={"items": items},
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    def export(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ExportUsersQuery],
    ) -> AsyncExport[User]:
        """Everyone that the filters let through, in one answer."""
        return self._http.export(User._of, "/api/v1/users/export", query, timeout, max_retries)
