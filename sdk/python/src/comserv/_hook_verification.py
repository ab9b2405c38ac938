"""Verifies that the call of a hook was sent by the server that knows the secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._answer import instant_of
from ._signed_request import WebhookHeaders, authentic, secret_of
from .errors import WebhookVerificationError


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """A verified call of a hook: the change that waits for the response."""

    id: str
    """Another one for every call."""
    action: str
    """Such as ``document.create``."""
    timestamp: datetime
    request_id: str | None
    """The ``X-Request-Id`` of the request that makes the change; None without one."""
    actor: dict[str, Any]
    """Who makes it: ``type``, ``id`` and ``name``."""
    record: dict[str, Any] | None
    """As the API shows it before the change; None for a create."""
    input: dict[str, Any]
    """The body of the request, with what earlier hooks have made of it."""
    test: bool = False
    """True if nothing will be changed, whatever the response is."""


def verify_hook(
    raw_body: bytes | bytearray | memoryview | str,
    headers: WebhookHeaders,
    secret: str,
    tolerance_seconds: float = 300,
    *,
    now: Callable[[], float] = time.time,
) -> HookRequest:
    """Verifies who called a hook, and returns what it is called about.

    :param raw_body: the bytes as they arrived; parsing and serializing changes them
    :param secret: as shown when the hook was created
    :param tolerance_seconds: allowed clock difference and age of a call
    :param now: the current time in seconds since 1970; for tests
    :raises WebhookVerificationError: its ``check`` says which check failed
    :raises ConfigurationError: for a parsed body or missing headers
    """
    key = secret_of(secret)
    del secret
    body, id = authentic(raw_body, headers, key, tolerance_seconds, False, now)
    try:
        return _parsed(json.loads(body.decode()), id or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = "The signature is valid, but the body is not the call of a hook."
        raise WebhookVerificationError("body_malformed", message) from None


def _parsed(sent: Any, id: str) -> HookRequest:
    """Raises KeyError, TypeError or ValueError for anything else."""
    return HookRequest(
        id=id,
        action=str(sent["action"]),
        timestamp=instant_of(sent["timestamp"]),
        request_id=sent["request_id"],
        actor=dict(sent["actor"]),
        record=None if sent["record"] is None else dict(sent["record"]),
        input=dict(sent["input"]),
        test=sent.get("test") is True,
    )


class VerifiesHooks:
    """What ``comserv.hooks`` has besides its endpoints."""

    __slots__ = ()

    verify = staticmethod(verify_hook)
    """Verifies that the request is from this server, and returns the call; the same as ``comserv.verify_hook``."""
