from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import AuditRecord
from ..._lists import ListMeta

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import ListAuditLogQuery
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncAuditLog:
    """Scope ``audit:read``: who did what, when and from where."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListAuditLogQuery],
    ) -> AsyncListCall[AuditRecord, ListMeta]:
        return self._http.list(
            AuditRecord._of, ListMeta._of, "/api/v1/audit-log", query, timeout, max_retries
        )
