from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import Credential, CredentialUsage, CredentialWithSecret, TotalUsage
from ..._lists import ListMeta
from ..._outgoing import Outgoing, path

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import (
        CredentialCreate,
        CredentialRotate,
        CredentialUpdate,
        GetCredentialUsageQuery,
        GetTotalUsageQuery,
        ListCredentialsQuery,
    )
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncCredentials:
    """Scopes ``credentials:read`` and ``credentials:write``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListCredentialsQuery],
    ) -> AsyncListCall[Credential, ListMeta]:
        return self._http.list(
            Credential._of, ListMeta._of, "/api/v1/credentials", query, timeout, max_retries
        )

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Credential:
        return await self._http.call(
            Credential._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/credentials/{}", id),
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
        **credential: Unpack[CredentialCreate],
    ) -> CredentialWithSecret:
        """The only answer, besides that of ``rotate``, that shows the secret."""
        return await self._http.call(
            CredentialWithSecret._of,
            Outgoing(
                method="POST",
                path="/api/v1/credentials",
                json=credential,
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
        **changes: Unpack[CredentialUpdate],
    ) -> Credential:
        return await self._http.call(
            Credential._of,
            Outgoing(
                method="PATCH",
                path=path("/api/v1/credentials/{}", id),
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
        """Revokes it at once, with every token that was issued from it."""
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/credentials/{}", id),
                if_match=if_match,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def rotate(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **rotation: Unpack[CredentialRotate],
    ) -> CredentialWithSecret:
        """A new secret; the old one works beside it for ``grace_hours``, 24 unless given."""
        return await self._http.call(
            CredentialWithSecret._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/credentials/{}/rotate", id),
                json=rotation,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def usage(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[GetCredentialUsageQuery],
    ) -> CredentialUsage:
        """Requests and errors per hour or day."""
        return await self._http.call(
            CredentialUsage._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/credentials/{}/usage", id),
                query=query,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def total_usage(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[GetTotalUsageQuery],
    ) -> TotalUsage:
        """The same for all credentials that you may see, together; by the minute, too."""
        return await self._http.call(
            TotalUsage._of,
            Outgoing(
                method="GET",
                path="/api/v1/usage",
                query=query,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )
