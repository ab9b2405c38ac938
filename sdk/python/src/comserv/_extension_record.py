"""Records that an extension of the server adds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._answer import Answer, Raw, instant_of
from ._arguments import shown
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
        fields = {name: value for name, value in raw.items() if name not in _OF_ALL}
        return cls(
            id=raw["id"],
            created_at=instant_of(raw["created_at"]),
            updated_at=instant_of(raw["updated_at"]),
            fields=fields,
        )


_OF_ALL = frozenset({"id", "created_at", "updated_at"})


def place_of(name: object) -> str:
    """``invoices`` are those of the extension of that name; others are named ``EXTENSION/PLURAL``."""
    parts = _NAME.fullmatch(name) if isinstance(name, str) else None
    if parts is None:
        raise ConfigurationError(
            f"A resource of an extension is named 'invoices' or 'crm/contacts', not {shown(name)}."
        )
    return f"/api/v1/x/{parts[1] or parts[2]}/{parts[2]}"
