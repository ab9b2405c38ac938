from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import (
    Category,
    CategoryBatchResult,
    TrashedCategory,
)
from ..._lists import ListMeta, batch_of
from ..._outgoing import Outgoing, path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from ..._generated.requests import (
        CategoryBatchItem,
        CategoryCreate,
        CategoryUpdate,
        ListCategoriesQuery,
        ListTrashedCategoriesQuery,
    )
    from ..._lists import BatchAnswer
    from ..export import AsyncExport
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncCategories:
    """Scopes ``documents:read`` and ``documents:write``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListCategoriesQuery],
    ) -> AsyncListCall[Category, ListMeta]:
        """Categories, page by page. Iterated over it is all of them, each page fetched when it is needed."""
        return self._http.list(Category._of, ListMeta._of, "/api/v1/categories", query, timeout, max_retries)

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Category:
        return await self._http.call(
            Category._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/categories/{}", id),
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
        **category: Unpack[CategoryCreate],
    ) -> Category:
        return await self._http.call(
            Category._of,
            Outgoing(
                method="POST",
                path="/api/v1/categories",
                json=category,
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
        **changes: Unpack[CategoryUpdate],
    ) -> Category:
        """Changes the fields that are given; None clears an optional one."""
        return await self._http.call(
            Category._of,
            Outgoing(
                method="PATCH",
                path=path("/api/v1/categories/{}", id),
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
        """Moves the category to the trash, from where ``restore`` brings it back for 30 days."""
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/categories/{}", id),
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
    ) -> Category:
        return await self._http.call(
            Category._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/categories/{}/restore", id),
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
        **query: Unpack[ListTrashedCategoriesQuery],
    ) -> AsyncListCall[TrashedCategory, ListMeta]:
        """Those that were deleted and can be restored."""
        return self._http.list(
            TrashedCategory._of, ListMeta._of, "/api/v1/categories/trash", query, timeout, max_retries
        )

    async def batch(
        self,
        items: Sequence[CategoryBatchItem],
        *,
        atomic: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> BatchAnswer[CategoryBatchResult]:
        """Up to 100 changes in one request, each with a result of its own; with ``atomic`` all are done or none is."""
        return await self._http.call(
            batch_of(CategoryBatchResult._of),
            Outgoing(
                method="POST",
                path="/api/v1/categories/batch",
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
    ) -> AsyncExport[Category]:
        """All of them, in one answer."""
        return self._http.export(Category._of, "/api/v1/categories/export", {}, timeout, max_retries)
