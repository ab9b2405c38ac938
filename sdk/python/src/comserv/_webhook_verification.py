"""Verifies that a webhook was sent by the server that knows the secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ._generated.events import WebhookEvent, event_of
from ._signed_request import WebhookHeaders, authentic, secret_of
from .errors import WebhookVerificationError


def verify_webhook(
    raw_body: bytes | bytearray | memoryview | str,
    headers: WebhookHeaders,
    secret: str,
    tolerance_seconds: float = 300,
    *,
    accept_body_signature: bool = False,
    now: Callable[[], float] = time.time,
) -> WebhookEvent:
    """Verifies who sent a webhook, and returns the event.

    ``webhook-signature`` (Standard Webhooks) covers id, time and body; one matching signature is enough, because
    during a rotation the server signs with the old and the new secret. ``X-Webhook-Signature`` must be accepted
    explicitly; otherwise removing the better signature would be enough to replay a delivery.

    The body of a webhook with ``format: cloudevents`` is returned as the same event as any other.

    :param raw_body: the bytes as they arrived; parsing and serializing changes them
    :param secret: as shown when the webhook was created, or one of its ``public_keys`` (``whpk_…``)
    :param tolerance_seconds: allowed clock difference and age of a delivery
    :param accept_body_signature: accepts ``X-Webhook-Signature`` if ``webhook-signature`` is absent. It covers the
        body alone, so a recorded delivery can be replayed forever, and the event has no id
    :param now: the current time in seconds since 1970; for tests
    :raises WebhookVerificationError: its ``check`` says which check failed
    :raises ConfigurationError: for a parsed body or missing headers
    """
    key = secret_of(secret)
    del secret
    body, id = authentic(raw_body, headers, key, tolerance_seconds, accept_body_signature, now)
    return _parsed(body, id)


class VerifiesWebhooks:
    """What ``comserv.webhooks`` has besides its endpoints."""

    __slots__ = ()

    verify = staticmethod(verify_webhook)
    """Verifies that the request is from this server, and returns the event; the same as ``comserv.verify_webhook``."""


def _parsed(body: bytes, id: str | None) -> WebhookEvent:
    try:
        return event_of(_standard(json.loads(body.decode())), id)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = "The signature is valid, but the body is not an event."
        raise WebhookVerificationError("body_malformed", message) from None


def _standard(body: Any) -> Any:
    """A CloudEvent as the same event in the standard format."""
    if "specversion" not in body:
        return body
    data = dict(body["data"])
    previous = data.pop("previous", None)
    return {"event": body["type"], "timestamp": body["time"], "data": data, "previous": previous}
