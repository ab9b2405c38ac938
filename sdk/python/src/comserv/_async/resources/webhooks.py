from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import Delivery, DeliveryWithAttempts, Recovered, Webhook, WebhookWithSecret
from ..._lists import ListMeta
from ..._outgoing import Outgoing, path
from ..._secret import hidden
from ..._webhook_verification import verify_webhook

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import (
        ListDeliveriesQuery,
        ListWebhooksQuery,
        Recover,
        SecretRotate,
        WebhookCreate,
        WebhookUpdate,
    )
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncWebhooks:
    """Scopes ``webhooks:read`` and ``webhooks:write``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    verify = staticmethod(verify_webhook)
    """Whether what arrived is from this server, and what it says; the same as ``comserv.verify_webhook``."""

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListWebhooksQuery],
    ) -> AsyncListCall[Webhook, ListMeta]:
        return self._http.list(Webhook._of, ListMeta._of, "/api/v1/webhooks", query, timeout, max_retries)

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Webhook:
        return await self._http.call(
            Webhook._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/webhooks/{}", id),
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
        **webhook: Unpack[WebhookCreate],
    ) -> WebhookWithSecret:
        """The only answer, besides that of ``rotate_secret``, that shows the secret."""
        webhook = hidden(webhook)
        return await self._http.call(
            WebhookWithSecret._of,
            Outgoing(
                method="POST",
                path="/api/v1/webhooks",
                json=webhook,
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
        **changes: Unpack[WebhookUpdate],
    ) -> Webhook:
        return await self._http.call(
            Webhook._of,
            Outgoing(
                method="PATCH",
                path=path("/api/v1/webhooks/{}", id),
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
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/webhooks/{}", id),
                if_match=if_match,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def rotate_secret(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **rotation: Unpack[SecretRotate],
    ) -> WebhookWithSecret:
        """A new secret; the old one signs beside it for ``overlap_hours``, 24 unless given."""
        return await self._http.call(
            WebhookWithSecret._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/webhooks/{}/rotate-secret", id),
                json=rotation,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def test(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> DeliveryWithAttempts:
        """Sends a signed ``ping`` now, and answers what became of it."""
        return await self._http.call(
            DeliveryWithAttempts._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/webhooks/{}/test", id),
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    def deliveries(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListDeliveriesQuery],
    ) -> AsyncListCall[Delivery, ListMeta]:
        return self._http.list(
            Delivery._of,
            ListMeta._of,
            path("/api/v1/webhooks/{}/deliveries", id),
            query,
            timeout,
            max_retries,
        )

    async def recover(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        **instant: Unpack[Recover],
    ) -> Recovered:
        """Sends again what failed since an instant, a batch a call: call again while ``remaining`` is above 0."""
        return await self._http.call(
            Recovered._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/webhooks/{}/recover", id),
                json=instant,
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )
