from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._arguments import fields_in, path
from .._extension_record import ExtensionRecord, place_of
from .._lists import ListMeta
from .._outgoing import Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    def _path(self, id: int) -> str:
        return path(f"{self._place}/{{id}}", id=id)
