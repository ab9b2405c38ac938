"""Whether and when a request is retried.

Pure functions: the cases of sdk/vectors/retries.json hold all client libraries to the same decisions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

retries_default = 2
_RETRY_AFTER_MS_MAX = 60_000
_DELAY_MS_MIN = 500
_DELAY_MS_MAX = 8_000


@dataclass(frozen=True, slots=True)
class Answered:
    """The server responded, but not with what was requested."""

    status: int
    retry_after: str | None


def retry_delay_ms(failure: Answered | None, *, retries: int, now: float, random: float) -> int | None:
    """How long to wait, or None if it should not be retried.

    :param failure: None when no answer arrived
    :param retries: made before: 0 after the first attempt
    :param now: seconds since 1970
    :param random: from 0 to 1
    """
    if failure is None:
        return _backoff_ms(retries, random)
    wait_ms = retry_after_ms(failure.retry_after, now)
    if not is_transient(failure.status, wait_ms):
        return None
    if wait_ms is None:
        return _backoff_ms(retries, random)
    # A sooner retry would fail, and the caller has not agreed to wait longer.
    return wait_ms if wait_ms <= _RETRY_AFTER_MS_MAX else None


def reconnect_delay_ms(*, reconnects: int, retry_ms: int, random: float) -> int:
    """Spread over the time that the server names, so that clients do not return together when it was restarted.

    :param reconnects: made since a stream last brought anything; after the first, the backoff applies
    :param random: from 0 to 1
    """
    return int(random * retry_ms + 0.5) if reconnects == 0 else _backoff_ms(reconnects - 1, random)


def is_transient(status: int, wait_ms: int | None = None) -> bool:
    # The only temporary conflict is a request in progress with the same idempotency key, which the server marks with
    # Retry-After.
    if status == 409:
        return wait_ms is not None
    return status in (408, 429) or status >= 500


def _backoff_ms(retries: int, random: float) -> int:
    """At random between 0.5 s and a bound that doubles from 1 s to 8 s, so that callers do not retry together."""
    bound_ms = min(_DELAY_MS_MAX, 2 * _DELAY_MS_MIN * 2**retries)
    return int(_DELAY_MS_MIN + random * (bound_ms - _DELAY_MS_MIN) + 0.5)


def retry_after_ms(header: str | None, now: float) -> int | None:
    """RFC 9110 §10.2.3: seconds, or a date. None if it is missing or invalid."""
    text = (header or "").strip()
    if re.fullmatch("[0-9]{1,15}", text):
        return int(text) * 1_000
    if not re.match("[A-Z][a-z]{2}, ", text):
        return None
    try:
        instant = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0, round((instant - now) * 1_000))
