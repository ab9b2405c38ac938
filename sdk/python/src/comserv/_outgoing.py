"""A request as described by a method of the client, ready to send."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime, timezone
from urllib.parse import urlencode

from ._arguments import shown
from ._options import sendable
from ._secret import SECRET_FIELDS
from ._version import version
from .errors import ConfigurationError

_USER_AGENT = f"comserv-python/{version}"


@dataclass(slots=True)
class Outgoing:
    method: str
    path: str
    _: KW_ONLY
    query: Mapping[str, object] | None = None
    json: object = field(default=None, repr=False)
    """Sent as JSON; None sends no body."""
    form: Mapping[str, str | None] | None = field(default=None, repr=False)
    """Sent as application/x-www-form-urlencoded."""
    file: bytes | None = field(default=None, repr=False)
    """Sent as it is."""
    accept: str = "application/json"
    is_public: bool = False
    """Whether the endpoint is public, so that no credentials are sent."""
    is_of_session: bool = False
    """Whether it opens, ends or reads a session."""
    is_streamed: bool = False
    """Whether a successful response is streamed."""
    idempotency_key: str | None = None
    if_match: str | None = None
    timeout: float | None = None
    max_retries: int | None = None


def headers_of(outgoing: Outgoing) -> dict[str, str]:
    """What all attempts share, the idempotency key included."""
    headers = {"accept": outgoing.accept, "user-agent": _USER_AGENT}
    if outgoing.json is not None:
        headers["content-type"] = "application/json"
    elif outgoing.form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    elif outgoing.file is not None:
        headers["content-type"] = "application/octet-stream"
    if outgoing.method == "POST":
        key = outgoing.idempotency_key
        headers["idempotency-key"] = (
            secrets.token_hex(16) if key is None else sendable("idempotency_key", key)
        )
    if outgoing.if_match is not None:
        headers["if-match"] = sendable("if_match", outgoing.if_match)
    return headers


def content_of(outgoing: Outgoing) -> bytes | None:
    if outgoing.json is not None:
        # First: a list that contains itself would be searched for secrets forever.
        encoded = _encoded(outgoing.json)
        _check_secrets(outgoing.json)
        return encoded
    if outgoing.file is not None:
        return outgoing.file
    if outgoing.form is None:
        return None
    return _query_of({name: value for name, value in outgoing.form.items() if value is not None}).encode()


def _encoded(body: object) -> bytes:
    try:
        text = json.dumps(body, default=_json_of, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as cause:
        # Half of a surrogate pair, an infinite number, a key that is no string, a list that contains itself.
        reason = cause.reason if isinstance(cause, UnicodeEncodeError) else str(cause)
    # The cause would show the whole text.
    raise ConfigurationError(f"This cannot be sent as JSON: {reason}.")


def _query_of(given: Mapping[str, str]) -> str:
    try:
        return urlencode(given)
    except UnicodeEncodeError:
        error = ConfigurationError(
            "A parameter contains half of a surrogate pair, which UTF-8 cannot encode."
        )
    raise error


def _check_secrets(json: object) -> None:
    """Refuses invalid secrets before they are sent. In a batch they are in the items."""
    if not isinstance(json, Mapping):
        return
    for name in SECRET_FIELDS & json.keys():
        if not isinstance(json[name], str) or not json[name]:
            raise ConfigurationError(f"{name} must be a non-empty string; it may be missing.")
    items = json.get("items")
    for item in items if isinstance(items, (list, tuple)) else ():
        if isinstance(item, Mapping):
            _check_secrets(item.get("data"))


def url_of(base_url: str, outgoing: Outgoing) -> str:
    given = {name: value for name, value in (outgoing.query or {}).items() if value is not None}
    if not given:
        return base_url + outgoing.path
    return f"{base_url}{outgoing.path}?{_query_of({name: _text_of(name, value) for name, value in given.items()})}"


def with_texts(query: Mapping[str, object], lists: Collection[str]) -> Mapping[str, object]:
    """The lists of those parameters that take one become text."""
    return {
        name: ",".join(_text_of(name, one) for one in value)
        if name in lists and isinstance(value, (list, tuple))
        else value
        for name, value in query.items()
    }


def _text_of(name: str, value: object) -> str:
    """Anything else would be sent as its repr, and find nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    # An enumeration of strings is one, but its str may be its name.
    if isinstance(value, str):
        return str.__str__(value)
    # Python writes no integer of more than 4,300 digits, and asks none of more than 308 whether it is finite.
    if isinstance(value, int) and abs(value) < 10**300:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        why = "one value, not a list; make a call for each value."
    else:
        why = f"a string, a number, a bool or a datetime, not {shown(value)}."
    raise ConfigurationError(f"The parameter '{name}' must be {why}")


def _json_of(value: object) -> str:
    if isinstance(value, datetime):
        return _instant_text(value)
    raise ConfigurationError(f"A {type(value).__name__} cannot be sent as JSON.")


def _instant_text(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ConfigurationError(
            "A datetime needs its time zone, such as datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc)."
        )
    return instant.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
