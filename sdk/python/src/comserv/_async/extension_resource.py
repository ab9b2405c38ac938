from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._arguments import fields_in, items_in, path
from .._extension_record import (
    ExtensionBatchResult,
    ExtensionRecord,
    TrashedExtensionRecord,
    place_of,
)
from .._lists import ListMeta, batch_of
from .._outgoing import Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._lists import BatchAnswer
    from .export import AsyncExport
    from .http import AsyncHttp
    from .list_call import AsyncListCall


class AsyncExtensionResource:
    """Records that an extension of the server adds. Scopes: ``x.NAME.read``, ``x.NAME.write``."""

    __slots__ = ("_http", "_place")

    def __init__(self, http: AsyncHttp, name: str) -> None:
        self._http = http
        self._place = place_of(name)

    def list(
        self,
        query: Mapping[str, str | int] | None = None,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncListCall[ExtensionRecord, ListMeta]:
        """Lists records. Iterate over the result for all pages, fetched as needed.

        :param query: ``page``, ``limit``, ``cursor``, ``sort``, and the filters that the extension declares
        """
        return self._http.list(
            ExtensionRecord._of,
            ListMeta._of,
            self._place,
            fields_in("query", query or {}),
            timeout,
            max_retries,
        )

    async def create(
        self,
        record: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> ExtensionRecord:
        """Creates a record.

        :param record: the fields of the declaration
        :raises InvalidRequestError: The details name the field.
        :raises ConflictError: A unique value is taken.
        """
        outgoing = Outgoing(
            "POST",
            self._place,
            json=fields_in("record", record),
            idempotency_key=idempotency_key,
            timeout=timeout,
            max_retries=max_retries,
        )
        return await self._http.call(ExtensionRecord._of, outgoing)

    async def get(
        self, id: int, *, timeout: float | None = None, max_retries: int | None = None
    ) -> ExtensionRecord:
        """Gets a record.

        :raises ResourceNotFoundError: The requested resource does not exist.
        """
        outgoing = Outgoing("GET", self._path(id), timeout=timeout, max_retries=max_retries)
        return await self._http.call(ExtensionRecord._of, outgoing)

    async def update(
        self,
        id: int,
        change: Mapping[str, Any],
        *,
        if_match: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> ExtensionRecord | None:
        """Changes a record. Fields that are left out keep their value.

        Returns None to a caller who may not read the result.

        :raises ResourceNotFoundError: The requested resource does not exist.
        :raises ConflictError: A unique value is taken.
        :raises PreconditionFailedError: The resource was changed in the meantime.
        """
        outgoing = Outgoing(
            "PATCH",
            self._path(id),
            json=fields_in("change", change),
            if_match=if_match,
            timeout=timeout,
            max_retries=max_retries,
        )
        return await self._http.call_or_none(ExtensionRecord._of, outgoing)

    async def delete(
        self,
        id: int,
        *,
        if_match: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        """Moves a record to the trash.

        :raises ResourceNotFoundError: The requested resource does not exist.
        :raises PreconditionFailedError: The resource was changed in the meantime.
        """
        outgoing = Outgoing(
            "DELETE", self._path(id), if_match=if_match, timeout=timeout, max_retries=max_retries
        )
        await self._http.call_empty(outgoing)

    async def batch(
        self,
        items: Sequence[Mapping[str, Any]],
        *,
        atomic: bool | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> BatchAnswer[ExtensionBatchResult]:
        """Creates, updates and deletes up to 100 records; each item has its own result.

        :param items: each with ``action`` (``create``, ``update`` or ``delete``), and with ``id``, ``data`` and
            ``if_match`` as the action needs them
        :param atomic: With ``True``, either all items succeed or nothing is changed.
        """
        outgoing = Outgoing(
            "POST",
            f"{self._place}/batch",
            query={"atomic": atomic},
            json={"items": items_in(items)},
            idempotency_key=idempotency_key,
            timeout=timeout,
            max_retries=max_retries,
        )
        return await self._http.call(batch_of(ExtensionBatchResult._of), outgoing)

    def export(
        self,
        query: Mapping[str, str | int] | None = None,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncExport[ExtensionRecord]:
        """Exports records, oldest first, as they arrive.

        :param query: the filters that the extension declares
        """
        return self._http.export(
            ExtensionRecord._of,
            f"{self._place}/export",
            fields_in("query", query or {}),
            timeout,
            max_retries,
        )

    def trash(
        self,
        query: Mapping[str, str | int] | None = None,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncListCall[TrashedExtensionRecord, ListMeta]:
        """Lists deleted records that can be restored. Iterate over the result for all pages.

        :param query: ``page``, ``limit``, ``cursor``, ``sort``
        """
        return self._http.list(
            TrashedExtensionRecord._of,
            ListMeta._of,
            f"{self._place}/trash",
            fields_in("query", query or {}),
            timeout,
            max_retries,
        )

    async def restore(
        self,
        id: int,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> ExtensionRecord | None:
        """Takes a record out of the trash.

        Returns None to a caller who may not read the result.

        :raises ResourceNotFoundError: The requested resource does not exist.
        :raises ConflictError: A unique value is taken.
        """
        outgoing = Outgoing(
            "POST",
            path(f"{self._place}/{{id}}/restore", id=id),
            idempotency_key=idempotency_key,
            timeout=timeout,
            max_retries=max_retries,
        )
        return await self._http.call_or_none(ExtensionRecord._of, outgoing)

    def _path(self, id: int) -> str:
        return path(f"{self._place}/{{id}}", id=id)
