"""Whether a request was sent by the server that knows the secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn, Protocol

from . import _ed25519
from ._arguments import shown
from ._secret import Secret
from .errors import ConfigurationError, WebhookVerificationError

_KEY_PREFIX = "whsec_"
_PUBLIC_KEY_PREFIX = "whpk_"
_PUBLIC_KEY_BYTES = 32
_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class SupportsItems(Protocol):
    """A dict, and the headers of Django, Flask, Starlette, aiohttp, httpx, http.server."""

    def items(self) -> Iterable[tuple[Any, Any]]: ...


WebhookHeaders = SupportsItems | Iterable[tuple[Any, Any]]
"""The headers of the request, as any server passes them; names and values as text or bytes."""


def secret_of(secret: object) -> Secret | None:
    """None for what is no secret. Printing the variables of the caller must not show what was meant as one."""
    if not isinstance(secret, str) or not secret.strip() or _has_surrogates(secret):
        return None
    return Secret(secret)


class Authentic(NamedTuple):
    """What a webhook and a hook are sent, before it is read."""

    body: bytes
    id: str | None
    """None where no signature covers it."""


def authentic(
    raw_body: bytes | bytearray | memoryview | str,
    headers: WebhookHeaders,
    secret: Secret | None,
    tolerance_seconds: float,
    accept_body_signature: bool,
    now: Callable[[], float],
) -> Authentic:
    """Returns the body once its signature is verified.

    :raises WebhookVerificationError: its ``check`` says which check failed
    :raises ConfigurationError: for a parsed body or missing headers
    """
    if secret is None:
        raise WebhookVerificationError(
            "secret_malformed", "The secret must be a string; it is missing or empty."
        )
    # Before anything is compared: a truncated secret must not become a key that can be guessed.
    key = _standard_key(secret)
    is_public = secret.startswith(_PUBLIC_KEY_PREFIX)
    body = _bytes_of(raw_body)
    tolerance_seconds = _checked_tolerance(tolerance_seconds)
    # "false" would be true.
    if not isinstance(accept_body_signature, bool):
        raise ConfigurationError(
            f"accept_body_signature must be True or False, not {shown(accept_body_signature)}."
        )
    if not callable(now):
        raise ConfigurationError(f"now must be a function, not {shown(now)}.")
    given = _signing_headers(headers)
    # A public key must not key an HMAC, or anybody could sign.
    if given.signatures is None and accept_body_signature and not is_public:
        _require_body_signature(given.body_signature, body, secret)
        return Authentic(body, None)
    signatures = _required("webhook-signature", given.signatures)
    id = _required("webhook-id", given.id)
    timestamp = _checked_timestamp(given.timestamp, tolerance_seconds, now())
    content = f"{id}.{timestamp}.".encode() + body
    if is_public:
        _require_public_key_signature(signatures, content, key)
    else:
        _require_standard_signature(signatures, content, key)
    return Authentic(body, id)


@dataclass(slots=True)
class _SigningHeaders:
    id: str | None
    timestamp: str | None
    signatures: str | None
    body_signature: str | None


def _signing_headers(headers: WebhookHeaders) -> _SigningHeaders:
    pairs = _pairs_of(headers)
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


def _pairs_of(headers: object) -> list[tuple[Any, Any]]:
    items = getattr(headers, "items", None)
    try:
        pairs: Any = items() if callable(items) else headers
        if not isinstance(pairs, (str, bytes)):
            return [(name, value) for name, value in pairs]
    except (TypeError, ValueError):
        # Of what cannot be iterated over, or not in pairs.
        pass
    raise ConfigurationError(f"headers must be those of the request, not {shown(headers)}.")


def _has_surrogates(text: str) -> bool:
    return re.search("[\ud800-\udfff]", text) is not None


def _text(value: object) -> str | None:
    """None for anything but a string: converted, a missing value would be the word None."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _bytes_of(raw_body: object) -> bytes:
    if isinstance(raw_body, str):
        return raw_body.encode("utf-8", "surrogatepass")
    if isinstance(raw_body, (bytes, bytearray, memoryview)):
        return bytes(raw_body)
    raise ConfigurationError(
        "raw_body must be the string or the bytes as they arrived, not a parsed value: request.get_data() in Flask, "
        "await request.body() in FastAPI, request.body in Django."
    )


def _checked_tolerance(seconds: object) -> float:
    # With NaN, no delivery would ever be too old.
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds >= 0:
        # A later error shows it, and Python has no floats so large.
        return min(seconds, 10**15)
    raise ConfigurationError(
        f"tolerance_seconds must be a number of seconds, 0 or more, not {shown(seconds)}."
    )


def _require_standard_signature(header: str, content: bytes, key: bytes) -> None:
    expected = hmac.new(key, content, hashlib.sha256).digest()
    if not any(hmac.compare_digest(given, expected) for given in _signatures(header, "v1")):
        _mismatch("webhook-signature")


def _require_public_key_signature(header: str, content: bytes, public_key: bytes) -> None:
    if not any(_ed25519.is_signed(public_key, given, content) for given in _signatures(header, "v1a")):
        _mismatch("webhook-signature")


def _signatures(header: str, wanted: str) -> Iterable[bytes]:
    for candidate in header.split(" "):
        version, _, encoded = candidate.partition(",")
        given = _from_base64(encoded.partition(",")[0])
        if version == wanted and given is not None:
            yield given


def _require_body_signature(header: str | None, body: bytes, secret: str) -> None:
    given = _required("webhook-signature nor X-Webhook-Signature", header)
    expected = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if not re.fullmatch("[0-9a-fA-F]{64}", given) or not hmac.compare_digest(bytes.fromhex(given), expected):
        _mismatch("X-Webhook-Signature")


def _standard_key(secret: str) -> bytes:
    """Standard Webhooks keys the HMAC with the decoded bytes; any other secret is used as text."""
    if secret.startswith(_PUBLIC_KEY_PREFIX):
        return _public_key(secret)
    if not secret.startswith(_KEY_PREFIX):
        return secret.encode()
    key = _from_base64(secret[len(_KEY_PREFIX) :])
    if not key:
        raise WebhookVerificationError(
            "secret_malformed",
            f"A secret that begins with {_KEY_PREFIX} must continue in base64; this one was truncated or changed.",
        )
    return key


def _public_key(text: str) -> bytes:
    key = _from_base64(text[len(_PUBLIC_KEY_PREFIX) :])
    if key is None or len(key) != _PUBLIC_KEY_BYTES:
        raise WebhookVerificationError(
            "secret_malformed",
            f"A key that begins with {_PUBLIC_KEY_PREFIX} must continue in the base64 of {_PUBLIC_KEY_BYTES} bytes; "
            "this one was truncated or changed.",
        )
    return key


def _checked_timestamp(text: str | None, tolerance_seconds: float, now: float) -> str:
    timestamp = _required("webhook-timestamp", text)
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        raise WebhookVerificationError("timestamp_malformed", "webhook-timestamp is not a number of seconds.")
    age = int(now // 1) - int(timestamp)
    allowed = f"more than the allowed {tolerance_seconds:g} s"
    if age > tolerance_seconds:
        raise WebhookVerificationError("timestamp_too_old", f"It was sent {age} s ago, {allowed}.")
    if -age > tolerance_seconds:
        message = f"Its timestamp is {-age} s ahead, {allowed}; compare the clocks."
        raise WebhookVerificationError("timestamp_too_new", message)
    return timestamp


def _from_base64(text: str) -> bytes | None:
    """None if the text is not base64."""
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
    message = (
        f"{name} does not match: the secret is another one, or the body is not byte for byte what was sent."
    )
    raise WebhookVerificationError("signature_mismatch", message)
