from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import (
    CategoryUse,
    Document,
    DocumentBatchResult,
    ListedDocument,
    ListedRevision,
    Revision,
    TrashedDocument,
)
from ..._lists import ListMeta, batch_of
from ..._outgoing import Outgoing, path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from ..._generated.requests import (
        DocumentBatchItem,
        DocumentCreate,
        DocumentUpdate,
        ExportDocumentsQuery,
        ListDocumentCategoriesQuery,
        ListDocumentRevisionsQuery,
        ListDocumentsQuery,
        ListTrashedDocumentsQuery,
    )
    from ..._lists import BatchAnswer
    from ..export import AsyncExport
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncDocuments:
    """Scopes ``documents:read`` and ``documents:write``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListDocumentsQuery],
    ) -> AsyncListCall[ListedDocument, ListMeta]:
        """Documents, page by page. Iterated over it is all of them, each page fetched when it is needed."""
        return self._http.list(
            ListedDocument._of, ListMeta._of, "/api/v1/documents", query, timeout, max_retries
        )

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Document:
        return await self._http.call(
            Document._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/documents/{}", id),
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
        **document: Unpack[DocumentCreate],
    ) -> Document:
        return await self._http.call(
            Document._of,
            Outgoing(
                method="POST",
                path="/api/v1/documents",
                json=document,
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
        **changes: Unpack[DocumentUpdate],
    ) -> Document:
        """Changes the fields that are given; None clears an optional one."""
        return await self._http.call(
            Document._of,
            Outgoing(
                method="PATCH",
                path=path("/api/v1/documents/{}", id),
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
        """Moves the document to the trash, from where ``restore`` brings it back for 30 days."""
        await self._http.call_empty(
            Outgoing(
                method="DELETE",
                path=path("/api/v1/documents/{}", id),
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
    ) -> Document:
        return await self._http.call(
            Document._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/documents/{}/restore", id),
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
        **query: Unpack[ListTrashedDocumentsQuery],
    ) -> AsyncListCall[TrashedDocument, ListMeta]:
        """Those that were deleted and can be restored."""
        return self._http.list(
            TrashedDocument._of, ListMeta._of, "/api/v1/documents/trash", query, timeout, max_retries
        )

    def categories(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListDocumentCategoriesQuery],
    ) -> AsyncListCall[CategoryUse, ListMeta]:
        """Every category that a document has, by name, with or without a record among ``categories``."""
        return self._http.list(
            CategoryUse._of, ListMeta._of, "/api/v1/documents/categories", query, timeout, max_retries
        )

    def revisions(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListDocumentRevisionsQuery],
    ) -> AsyncListCall[ListedRevision, ListMeta]:
        """What a document was before."""
        return self._http.list(
            ListedRevision._of,
            ListMeta._of,
            path("/api/v1/documents/{}/revisions", id),
            query,
            timeout,
            max_retries,
        )

    async def revision(
        self,
        id: int,
        version: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Revision:
        return await self._http.call(
            Revision._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/documents/{}/revisions/{}", id, version),
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def restore_revision(
        self,
        id: int,
        version: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Document:
        """Makes the document what it was, as a new version."""
        return await self._http.call(
            Document._of,
            Outgoing(
                method="POST",
                path=path("/api/v1/documents/{}/revisions/{}/restore", id, version),
                idempotency_key=idempotency_key,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def batch(
        self,
        items: Sequence[DocumentBatchItem],
        *,
        atomic: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> BatchAnswer[DocumentBatchResult]:
        """Up to 100 changes in one request, each with a result of its own; with ``atomic`` all are done or none is."""
        return await self._http.call(
            batch_of(DocumentBatchResult._of),
            Outgoing(
                method="POST",
                path="/api/v1/documents/batch",
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
        **query: Unpack[ExportDocumentsQuery],
    ) -> AsyncExport[Document]:
        """All that the filters let through, in one answer."""
        return self._http.export(Document._of, "/api/v1/documents/export", query, timeout, max_retries)
