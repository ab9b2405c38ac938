"""Records that an extension of the server adds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._answer import Answer, Raw, instant_of
from ._arguments import shown
from ._generated.answers import CategoryBatchResultError
from .errors import ConfigurationError

_NAME = re.compile("(?:([a-z][a-z0-9]{1,29})/)?([a-z][a-z0-9_]{0,29})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRecord(Answer):
    """A record of an extension; ``record["amount_cents"]`` is a field of its declaration."""

    id: int
    created_at: datetime
    updated_at: datetime
    fields: dict[str, Any]
    """The fields of its declaration."""

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    @classmethod
    def _of(cls, raw: Raw) -> ExtensionRecord:
        return cls(
            id=raw["id"],
            created_at=instant_of(raw["created_at"]),
            updated_at=instant_of(raw["updated_at"]),
            fields=_without(raw, _OF_ALL),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashedExtensionRecord(Answer):
    """A deleted record of an extension, which can be restored until ``purge_at``."""

    id: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime
    purge_at: datetime
    fields: dict[str, Any]
    """The fields of its declaration."""

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    @classmethod
    def _of(cls, raw: Raw) -> TrashedExtensionRecord:
        return cls(
            id=raw["id"],
            created_at=instant_of(raw["created_at"]),
            updated_at=instant_of(raw["updated_at"]),
            deleted_at=instant_of(raw["deleted_at"]),
            purge_at=instant_of(raw["purge_at"]),
            fields=_without(raw, _OF_TRASHED),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionBatchResult:
    """What became of an item of a batch."""

    status: int
    """The status that a single request would get"""
    id: int | None = field(default=None)
    etag: str | None = field(default=None)
    resource: ExtensionRecord | None = field(default=None)
    error: CategoryBatchResultError | None = field(default=None)

    @classmethod
    def _of(cls, raw: Raw) -> ExtensionBatchResult:
        resource, error = raw.get("resource"), raw.get("error")
        return cls(
            status=raw["status"],
            id=raw.get("id"),
            etag=raw.get("etag"),
            resource=None if resource is None else ExtensionRecord._of(resource),
            error=None if error is None else CategoryBatchResultError._of(error),
        )


_OF_ALL = frozenset({"id", "created_at", "updated_at"})
_OF_TRASHED = _OF_ALL | {"deleted_at", "purge_at"}


def _without(raw: Raw, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in names}


def place_of(name: object) -> str:
    """``invoices`` are those of the extension of that name; others are named ``EXTENSION/PLURAL``."""
    parts = _NAME.fullmatch(name) if isinstance(name, str) else None
    if parts is None:
        raise ConfigurationError(
            f"A resource of an extension is named 'invoices' or 'crm/contacts', not {shown(name)}."
        )
    return f"/api/v1/x/{parts[1] or parts[2]}/{parts[2]}"
