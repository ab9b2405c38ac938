"""What events say: the bodies of webhooks, and the payloads of the event log.

openapi.json leaves them open; a test holds these classes against the types that the server publishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from ._answer import Raw, instant_of
from ._generated.values import DocumentStatus, Role, UserStatus

__all__ = ["CategoryEvent", "CategoryEventData", "DocumentEvent", "DocumentEventData", "OtherEvent"]
__all__ += ["PingEvent", "PingEventData", "UserEvent", "UserEventData", "WebhookEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEventData:
    """What the user is after the change, or was before the deletion."""

    id: int
    username: str
    email: str
    role: Role
    status: UserStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEventData:
    """What the document is after the change, or was before the deletion."""

    id: int
    title: str
    category: str
    status: DocumentStatus
    author_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEventData:
    """What the category is after the change, or was before the deletion."""

    id: int
    name: str
    slug: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PingEventData:
    id: int
    """The webhook's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent:
    event: Literal["user.created", "user.updated", "user.deleted"]
    timestamp: datetime
    """When it happened."""
    data: UserEventData
    id: str | None = None
    """Of a webhook: the same for every attempt and resend; what was seen before can be passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEvent:
    event: Literal["document.created", "document.updated", "document.published", "document.deleted"]
    timestamp: datetime
    """When it happened."""
    data: DocumentEventData
    id: str | None = None
    """Of a webhook: the same for every attempt and resend; what was seen before can be passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEvent:
    event: Literal["category.created", "category.updated", "category.deleted"]
    timestamp: datetime
    """When it happened."""
    data: CategoryEventData
    id: str | None = None
    """Of a webhook: the same for every attempt and resend; what was seen before can be passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PingEvent:
    """A test of a webhook, sent to it alone."""

    event: Literal["ping"]
    timestamp: datetime
    data: PingEventData
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent:
    """Of a type that is newer than this package; its data is what JSON makes of it."""

    event: str
    timestamp: datetime
    data: Any
    id: str | None = None


WebhookEvent = UserEvent | DocumentEvent | CategoryEvent | PingEvent
"""Tell them apart by ``event``, by ``isinstance`` or by ``match``.

A newer server may send an ``OtherEvent``, which is not named here: beside an ``event`` that may be any text, type checkers
would take ``event.event == "ping"`` for no proof of anything.
"""


def event_of(raw: Raw, id: str | None = None) -> WebhookEvent:
    """Raises KeyError, TypeError or ValueError when it is none."""
    event, timestamp, data = raw["event"], instant_of(raw["timestamp"]), raw["data"]
    match event:
        case "user.created" | "user.updated" | "user.deleted":
            user = UserEventData(
                id=data["id"],
                username=data["username"],
                email=data["email"],
                role=data["role"],
                status=data["status"],
            )
            return UserEvent(event=event, timestamp=timestamp, data=user, id=id)
        case "document.created" | "document.updated" | "document.published" | "document.deleted":
            document = DocumentEventData(
                id=data["id"],
                title=data["title"],
                category=data["category"],
                status=data["status"],
                author_id=data["author_id"],
            )
            return DocumentEvent(event=event, timestamp=timestamp, data=document, id=id)
        case "category.created" | "category.updated" | "category.deleted":
            category = CategoryEventData(id=data["id"], name=data["name"], slug=data["slug"])
            return CategoryEvent(event=event, timestamp=timestamp, data=category, id=id)
        case "ping":
            return PingEvent(event=event, timestamp=timestamp, data=PingEventData(id=data["id"]), id=id)
        case str():
            return cast(WebhookEvent, OtherEvent(event=event, timestamp=timestamp, data=data, id=id))
    raise TypeError("The type of an event is a text.")
