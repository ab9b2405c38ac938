from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._generated.answers import Catalog, Health
from ..._outgoing import Outgoing

if TYPE_CHECKING:
    from ..http import AsyncHttp


class AsyncServerHealth:
    """Whether the server is well."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def live(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Health:
        return await self._http.call(
            Health._of,
            Outgoing(
                method="GET",
                path="/health/live",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def ready(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Health:
        """Raises ServiceUnavailableError while its database cannot be reached, after the retries."""
        return await self._http.call(
            Health._of,
            Outgoing(
                method="GET",
                path="/health/ready",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )


class AsyncServerDescription:
    """What the server says of its API."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def open_api(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> dict[str, Any]:
        """The OpenAPI document."""
        return await self._http.call_plain(
            Outgoing(
                method="GET",
                path="/api/v1/openapi.json",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def catalog(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Catalog:
        """Scopes, roles, event types, tiers and the other lists of this server, with its settings."""
        return await self._http.call(
            Catalog._of,
            Outgoing(
                method="GET",
                path="/api/v1/catalog",
                timeout=timeout,
                max_retries=max_retries,
            ),
        )
