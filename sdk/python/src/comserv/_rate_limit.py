"""The caller's rate limit after a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """From the headers ``X-RateLimit-*``."""

    limit: int
    """Requests allowed in a window of 60 s."""
    remaining: int
    """Requests left in this window."""
    reset_at: datetime
    """When the next window begins."""


def rate_limit_of(headers: Mapping[str, str]) -> RateLimit | None:
    """None if the response has no such headers, as under /health."""
    limit = _count(headers.get("x-ratelimit-limit"))
    remaining = _count(headers.get("x-ratelimit-remaining"))
    reset = _count(headers.get("x-ratelimit-reset"))
    if limit is None or remaining is None or reset is None:
        return None
    return RateLimit(limit=limit, remaining=remaining, reset_at=datetime.fromtimestamp(reset, timezone.utc))


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,11}", text) else None
