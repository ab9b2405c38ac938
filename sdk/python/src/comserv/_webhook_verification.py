"""Whether what arrived was sent by the server that knows the secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from ._generated.events import WebhookEvent, event_of
from ._secret import Secret
from .errors import ConfigurationError, WebhookVerificationError

_KEY_PREFIX = "whsec_"
_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class SupportsItems(Protocol):
    """A dict, and the headers of Django, Flask, Starlette, aiohttp, httpx, http.server."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...


WebhookHeaders = SupportsItems | Iterable[tuple[Any, Any]]
"""The headers of the request as any server hands them over, names and values as text or bytes."""


def verify_webhook(
    raw_body: bytes | bytearray | memoryview | str,
    headers: WebhookHeaders,
    secret: str,
    tolerance_seconds: float = 300,
    *,
    accept_body_signature: bool = False,
    now: Callable[[], float] = time.time,
) -> WebhookEvent:
    """What a webhook says, once it is sure who sent it.

    ``webhook-signature`` (Standard Webhooks) covers id, time and body; any of its signatures may fit, since the server
    signs with the old secret and the new one while one takes the place of the other. ``X-Webhook-Signature`` counts only
    for who accepts it, or taking the better signature away would be all it takes to play a delivery back.

    :param raw_body: the bytes as they arrived; parsed and serialised again they are others
    :param secret: as it was shown when the webhook was made
    :param tolerance_seconds: how far the sender's clock may be off, and how old a delivery may be
    :param accept_body_signature: lets ``X-Webhook-Signature`` count where ``webhook-signature`` is absent. It covers the
        body alone: whoever has recorded a delivery can play it back for ever, and the event has no id
    :param now: the present in seconds since 1970; for tests
    :raises WebhookVerificationError: its ``check`` says which check failed
    :raises ConfigurationError: for a body that was parsed, and for no headers
    """
    if not isinstance(secret, str) or not secret.strip():
        # What prints the variables of this frame does not show bytes that were meant to be the secret.
        del secret
        raise WebhookVerificationError(
            "secret_malformed", "The secret must be a text, and it is missing or empty."
        )
    secret = Secret(secret)
    # Before anything is compared: a secret that was cut must not become a key that a stranger can guess.
    key = _standard_key(secret)
    body = _bytes_of(raw_body)
    tolerance_seconds = _checked_tolerance(tolerance_seconds)
    given = _signing_headers(headers)
    if given.signatures is None and accept_body_signature:
        _require_body_signature(given.body_signature, body, secret)
        return _parsed(body, None)
    signatures = _required("webhook-signature", given.signatures)
    id = _required("webhook-id", given.id)
    timestamp = _checked_timestamp(given.timestamp, tolerance_seconds, now())
    _require_standard_signature(signatures, f"{id}.{timestamp}.".encode() + body, key)
    return _parsed(body, id)


class VerifiesWebhooks:
    """What ``comserv.webhooks`` has beside its calls."""

    __slots__ = ()

    verify = staticmethod(verify_webhook)
    """Whether what arrived is from this server, and what it says; the same as ``comserv.verify_webhook``."""


@dataclass(slots=True)
class _SigningHeaders:
    id: str | None
    timestamp: str | None
    signatures: str | None
    body_signature: str | None


def _signing_headers(headers: WebhookHeaders) -> _SigningHeaders:
    pairs = headers.items() if hasattr(headers, "items") else headers
    if isinstance(pairs, (str, bytes)) or not isinstance(pairs, Iterable):
        raise ConfigurationError("headers must be those of the request.")
    found: dict[str, str] = {}
    for name, value in pairs:
        lower = (_text(name) or "").lower()
        if "webhook" not in lower:
            continue
        for one in value if isinstance(value, (list, tuple)) else [value]:
            text = _text(one)
            if text is not None:
                found[lower] = f"{found[lower]} {text}" if lower in found else text
    return _SigningHeaders(
        found.get("webhook-id"),
        found.get("webhook-timestamp"),
        found.get("webhook-signature"),
        found.get("x-webhook-signature"),
    )


def _text(value: object) -> str | None:
    """None for what is no text: as one, a value that is missing would be the word None."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _bytes_of(raw_body: object) -> bytes:
    if isinstance(raw_body, str):
        return raw_body.encode("utf-8", "surrogatepass")
    if isinstance(raw_body, (bytes, bytearray, memoryview)):
        return bytes(raw_body)
    raise ConfigurationError("raw_body must be the text or the bytes as they arrived, not what was parsed.")


def _checked_tolerance(seconds: object) -> float:
    # Compared with NaN, no delivery would be too old.
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds >= 0:
        return seconds
    raise ConfigurationError("tolerance_seconds must be a number of seconds, 0 or more.")


def _require_standard_signature(header: str, content: bytes, key: bytes) -> None:
    expected = hmac.new(key, content, hashlib.sha256).digest()
    for candidate in header.split(" "):
        version, _, encoded = candidate.partition(",")
        given = _from_base64(encoded.partition(",")[0])
        if version == "v1" and given is not None and hmac.compare_digest(given, expected):
            return
    _mismatch("webhook-signature")


def _require_body_signature(header: str | None, body: bytes, secret: str) -> None:
    given = _required("webhook-signature nor X-Webhook-Signature", header)
    expected = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if not re.fullmatch("[0-9a-fA-F]{64}", given) or not hmac.compare_digest(bytes.fromhex(given), expected):
        _mismatch("X-Webhook-Signature")


def _standard_key(secret: str) -> bytes:
    """Standard Webhooks keys the HMAC with the decoded bytes; any other secret is a text and signs as one."""
    if not secret.startswith(_KEY_PREFIX):
        return secret.encode()
    key = _from_base64(secret[len(_KEY_PREFIX) :])
    if not key:
        raise WebhookVerificationError(
            "secret_malformed",
            f"A secret that begins with {_KEY_PREFIX} goes on in base64; this one was cut, or changed on the way.",
        )
    return key


def _checked_timestamp(text: str | None, tolerance_seconds: float, now: float) -> str:
    timestamp = _required("webhook-timestamp", text)
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        raise WebhookVerificationError("timestamp_malformed", "webhook-timestamp is no number of seconds.")
    age = int(now // 1) - int(timestamp)
    allowed = f"more than the {tolerance_seconds:g} s that are allowed"
    if age > tolerance_seconds:
        raise WebhookVerificationError("timestamp_too_old", f"It was sent {age} s ago, {allowed}.")
    if -age > tolerance_seconds:
        message = f"Its time is {-age} s ahead, {allowed}; compare the clocks."
        raise WebhookVerificationError("timestamp_too_new", message)
    return timestamp


def _parsed(body: bytes, id: str | None) -> WebhookEvent:
    try:
        return event_of(json.loads(body.decode()), id)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = "The signature is right, but the body is no event."
        raise WebhookVerificationError("body_malformed", message) from None


def _from_base64(text: str) -> bytes | None:
    """None when the text is no base64."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _required(name: str, value: str | None) -> str:
    if value is None:
        raise WebhookVerificationError("header_missing", f"There is no {name} header.")
    return value


def _mismatch(name: str) -> NoReturn:
    message = f"{name} does not fit: another secret, or the body is not what was sent, byte for byte."
    raise WebhookVerificationError("signature_mismatch", message)
