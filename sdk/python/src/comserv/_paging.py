"""The address of the next page of a list."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

_LINK = re.compile(r'<([^>]*)>((?:[^,"]|"[^"]*")*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))', re.IGNORECASE)

REPEATS = "The next page of the list is one that was read before, so the list would never end."


def next_query_of(link: str | None) -> dict[str, str] | None:
    """The query of ``Link rel="next"`` (RFC 8288). Only the query counts: the path may have changed behind a proxy."""
    for target, parameters in _LINK.findall(link or ""):
        relation = _RELATION.search(parameters)
        names = (relation[1] or relation[2] or "").lower().split() if relation else []
        if "next" in names:
            _, _, query = target.partition("?")
            return dict(parse_qsl(query, keep_blank_values=True))
    return None
