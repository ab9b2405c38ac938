from __future__ import annotations

from typing import TYPE_CHECKING

from ..._generated.answers import Event, EventTypeInfo
from ..._lists import EventListMeta, ListMeta
from ..._outgoing import Outgoing, path

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..._generated.requests import ListEventsQuery
    from ..http import AsyncHttp
    from ..list_call import AsyncListCall


class AsyncEvents:
    """Scope ``events:read``."""

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        **query: Unpack[ListEventsQuery],
    ) -> AsyncListCall[Event, EventListMeta]:
        """The log, oldest first; with ``sort="-log"`` the newest first.

        Iterating ends with the newest event; to follow the log, call again with ``after`` set to the id of the last event
        that was given.
        """
        return self._http.list(Event._of, EventListMeta._of, "/api/v1/events", query, timeout, max_retries)

    async def get(
        self,
        id: int,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Event:
        return await self._http.call(
            Event._of,
            Outgoing(
                method="GET",
                path=path("/api/v1/events/{}", id),
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    def types(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncListCall[EventTypeInfo, ListMeta]:
        """Every type with its JSON Schema and an example."""
        return self._http.list(
            EventTypeInfo._of, ListMeta._of, "/api/v1/event-types", {}, timeout, max_retries
        )
