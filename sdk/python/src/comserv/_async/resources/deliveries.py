from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import Delivery, DeliveryOutcomes, DeliveryWithAttempts
from ..._outgoing import Outgoing, path

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import GetDeliveryOutcomesQuery
    from ..http import AsyncHttp


class AsyncDeliveries:
    """Scopes ``webhooks:read`` and ``webhooks:write``. The deliveries of one webhook are listed by ``webhooks.deliveries``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> DeliveryWithAttempts:
        """With every attempt."""
        return await self._http.call(
            DeliveryWithAttempts._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/deliveries/{}", id),
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def resend(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Delivery:
        """Sends the same event and body again, signed with the current secret."""
        return await self._http.call(
            Delivery._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/deliveries/{}/resend", id),
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def outcomes(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[GetDeliveryOutcomesQuery],
    ) -> DeliveryOutcomes:
        """How attempts ended, per hour or day: of one webhook (``webhook_id``), or of all that you may see."""
        return await self._http.call(
            DeliveryOutcomes._of,
            Outgoing(
                method="GET",
                path="/api/v1/delivery-outcomes",
                query=query,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )
