"""The errors of unsuccessful responses."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, TypeVar

from . import errors
from ._rate_limit import rate_limit_of
from ._retry import retry_after_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._generated.answers import Token

T = TypeVar("T")

error_classes: Mapping[str, type[errors.ApiError]] = {
    "invalid_request": errors.InvalidRequestError,
    "authentication_failed": errors.AuthenticationFailedError,
    "permission_denied": errors.PermissionDeniedError,
    "resource_not_found": errors.ResourceNotFoundError,
    "method_not_allowed": errors.MethodNotAllowedError,
    "conflict": errors.ConflictError,
    "precondition_failed": errors.PreconditionFailedError,
    "payload_too_large": errors.PayloadTooLargeError,
    "unsupported_media_type": errors.UnsupportedMediaTypeError,
    "idempotency_mismatch": errors.IdempotencyMismatchError,
    "rate_limit_exceeded": errors.RateLimitExceededError,
    "internal_error": errors.InternalError,
    "service_unavailable": errors.ServiceUnavailableError,
}
"""The class of each ``error.code``; a test compares the list with the vectors."""

_CODE_BY_STATUS: Mapping[int, str] = {
    400: "invalid_request",
    401: "authentication_failed",
    403: "permission_denied",
    404: "resource_not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "precondition_failed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limit_exceeded",
    500: "internal_error",
    502: "service_unavailable",
    503: "service_unavailable",
    504: "service_unavailable",
}
"""For responses without the API's envelope: those of the OAuth endpoints, and of proxies."""


def api_error_of(status: int, headers: Mapping[str, str], body: Any, now: float) -> errors.ApiError:
    """The error to raise for an unsuccessful response.

    :param body: the parsed JSON; None when the body is none
    :param now: seconds since 1970, for a ``Retry-After`` that names an instant
    """
    code, message, details = _envelope_of(body) or _oauth_error_of(body, status) or _foreign(status)
    wait_ms = retry_after_ms(headers.get("retry-after"), now)
    return error_classes.get(code, errors.ApiError)(
        message,
        status=status,
        code=code,
        details=details,
        request_id=headers.get("x-request-id"),
        rate_limit=rate_limit_of(headers),
        retry_after_seconds=None if wait_ms is None else math.ceil(wait_ms / 1_000),
    )


def unexpected_answer(status: int, headers: Mapping[str, str], details: str) -> errors.ApiError:
    """A 2xx or 3xx that the API would not send: usually another server has this address."""
    return errors.ApiError(
        "This is not a response of the API",
        status=status,
        code="unexpected_answer",
        details=details,
        request_id=headers.get("x-request-id"),
    )


def checked_token(token: Token) -> tuple[str, int]:
    """The access token and its lifetime in seconds, or an error that never repeats a value."""
    access_token: Any = token.access_token
    token_type: Any = token.token_type
    expires_in: Any = token.expires_in
    if not isinstance(access_token, str) or not re.fullmatch("[\x21-\x7e]+", access_token):
        wrong = "access_token should be a string of visible ASCII characters"
    elif not isinstance(token_type, str) or token_type.lower() != "bearer":
        wrong = "token_type should be 'Bearer'"
    elif type(expires_in) is not int or expires_in <= 0:
        wrong = "expires_in should be a positive integer"
    else:
        return access_token, expires_in
    # Printing the variables of this frame would show it.
    access_token = None
    details = f"The response does not have the format of the API: the field {wrong}. Is base_url right?"
    raise unexpected_answer(token.response.status, token.response.headers, details)


def foreign_answer(status: int, headers: Mapping[str, str]) -> errors.ApiError:
    if 300 <= status < 400:
        details = (
            "The server redirects, which this client does not follow, to keep its key from other servers. "
            "Is base_url right?"
        )
        return unexpected_answer(status, headers, details)
    return unexpected_answer(
        status, headers, "The response does not have the format of the API. Is base_url right?"
    )


def decoded(make: Callable[[Any], T], body: Any, status: int, headers: Mapping[str, str]) -> T:
    """The parsed body, or an error that says what is wrong with it."""
    try:
        return make(body)
    except KeyError as error:
        details = (
            f"The response lacks the field {error}. Is base_url right, or the server older than this package?"
        )
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError):
        details = "The response does not have the format of the API. Is base_url right?"
    # Printing the variables of this frame would show a token in it.
    body = None
    raise unexpected_answer(status, headers, details)


def _envelope_of(body: Any) -> tuple[str, str, str] | None:
    error = _field_of(body, "error")
    code, message, details = (_field_of(error, name) for name in ("code", "message", "details"))
    if not isinstance(code, str) or not isinstance(message, str):
        return None
    return code, message, details if isinstance(details, str) else ""


def _oauth_error_of(body: Any, status: int) -> tuple[str, str, str] | None:
    """RFC 6749 §5.2, which every endpoint under /oauth returns."""
    name, description = _field_of(body, "error"), _field_of(body, "error_description")
    if not isinstance(name, str):
        return None
    code = _CODE_BY_STATUS.get(status, "unexpected_answer")
    return code, f"OAuth error: {name}", description if isinstance(description, str) else ""


def _foreign(status: int) -> tuple[str, str, str]:
    return (
        _CODE_BY_STATUS.get(status, "internal_error" if status >= 500 else "unexpected_answer"),
        f"The server returned {status}",
        "A proxy wants a user name and password; put them into the address of the proxy."
        if status == 407
        else "The response does not have the format of the API; it may come from a proxy.",
    )


def _field_of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
