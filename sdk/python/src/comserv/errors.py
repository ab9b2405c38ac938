"""Every error that this package raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._rate_limit import RateLimit


class ComservError(Exception):
    """The base class of every error of this package. A cancelled task ends as usual in asyncio."""


class ConfigurationError(ComservError):
    """The client was created or called with invalid arguments; nothing was sent."""


class ConnectionError(ComservError):
    """No complete response arrived: refused, cut off, no such host. The request may or may not have been processed."""


class TimeoutError(ConnectionError):
    """No response arrived in time. The request may or may not have been processed."""


class ApiError(ComservError):
    """The server refused.

    Each ``error.code`` has a subclass; codes that are newer than this package use this class, as do responses that
    are not from the API, with the code ``unexpected_answer``.
    """

    status: int
    """The HTTP status."""
    code: str
    """The code of the error, to branch on."""
    message: str
    details: str
    """One sentence on what is wrong with this request, and what to do."""
    request_id: str | None
    """Identifies the request in the server's log."""
    rate_limit: RateLimit | None
    retry_after_seconds: int | None
    """When to retry, if the server said so."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        details: str = "",
        request_id: str | None = None,
        rate_limit: RateLimit | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.details = details
        self.request_id = request_id
        self.rate_limit = rate_limit
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        request = "" if self.request_id is None else f", request {self.request_id}"
        details = f": {self.details}" if self.details else ""
        return f"{self.message}{details} ({self.status} {self.code}{request})"

    def __reduce__(self) -> tuple[Callable[..., ApiError], tuple[type[ApiError], str, dict[str, Any]]]:
        fields = dict(vars(self))
        return _remade, (type(self), fields.pop("message"), fields)


_E = TypeVar("_E", bound=ApiError)


def _remade(kind: type[_E], message: str, fields: dict[str, Any]) -> _E:
    """Makes errors picklable."""
    return kind(message, **fields)


class InvalidRequestError(ApiError):
    """400: a field or parameter is missing or wrong; ``details`` names it."""


class AuthenticationFailedError(ApiError):
    """401: the credentials are wrong, expired or revoked."""


class PermissionDeniedError(ApiError):
    """403: the credentials do not allow this; ``details`` names the missing scope."""


class ResourceNotFoundError(ApiError):
    """404: there is no such record, or the caller may not see it."""


class MethodNotAllowedError(ApiError):
    """405."""


class ConflictError(ApiError):
    """409: a username or email is taken, or a request with the same idempotency key is still in progress."""


class PreconditionFailedError(ApiError):
    """412: the record has changed since the ``etag`` in ``if_match``; read it again and retry."""


class PayloadTooLargeError(ApiError):
    """413."""


class UnsupportedMediaTypeError(ApiError):
    """415."""


class IdempotencyMismatchError(ApiError):
    """422: the idempotency key was used for another request."""


class RateLimitExceededError(ApiError):
    """429, after all retries; ``rate_limit`` and ``retry_after_seconds`` say when to continue."""


class InternalError(ApiError):
    """500; search the server's log for ``request_id``."""


class ServiceUnavailableError(ApiError):
    """502, 503 or 504, after all retries."""


FailedCheck = Literal[
    "secret_malformed",
    "header_missing",
    "timestamp_malformed",
    "timestamp_too_old",
    "timestamp_too_new",
    "signature_mismatch",
    "body_malformed",
]
"""The check that failed when a webhook was verified."""


class WebhookVerificationError(ComservError):
    """The request is not a webhook of this server; ``check`` says which check failed. Respond with 400."""

    check: FailedCheck

    def __init__(self, check: FailedCheck, message: str) -> None:
        super().__init__(check, message)
        self.check = check

    def __str__(self) -> str:
        return str(self.args[1])
