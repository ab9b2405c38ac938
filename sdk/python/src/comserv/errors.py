"""Every error that this package raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._rate_limit import RateLimit


class ComservError(Exception):
    """Every error that this package raises is one of these. A task that is cancelled ends as asyncio has it."""


class ConfigurationError(ComservError):
    """The client was made or called in a way that cannot work, found before anything was sent."""


class ConnectionError(ComservError):
    """No answer arrived: refused, cut off, no such host. The request may have been done, or not."""


class TimeoutError(ConnectionError):
    """No answer arrived in time. The request may have been done, or not."""


class ApiError(ComservError):
    """The server refused.

    There is one class for each ``error.code``, all of them subclasses of this one, which also stands for codes that
    are newer than this package, and, with the code ``unexpected_answer``, for what is not the API's at all.
    """

    status: int
    """The HTTP status."""
    code: str
    """The code of the error, to branch on."""
    message: str
    details: str
    """One sentence on what is wrong in this request, and what to do."""
    request_id: str | None
    """Names the request in the server's log."""
    rate_limit: RateLimit | None
    retry_after_seconds: int | None
    """When the server welcomes the next attempt, where it said so."""

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
    """Lets an error travel between processes."""
    return kind(message, **fields)


class InvalidRequestError(ApiError):
    """400: a field or parameter is missing or wrong; ``details`` names it."""


class AuthenticationFailedError(ApiError):
    """401: the credentials are wrong, expired or revoked."""


class PermissionDeniedError(ApiError):
    """403: the credentials do not allow this; ``details`` names the scope that is missing."""


class ResourceNotFoundError(ApiError):
    """404: there is no such resource, or none that the caller may see."""


class MethodNotAllowedError(ApiError):
    """405."""


class ConflictError(ApiError):
    """409: a username or email is taken, or a request with the same idempotency key is still in flight."""


class PreconditionFailedError(ApiError):
    """412: the resource is not what ``if_match`` names any more; read it again and repeat."""


class PayloadTooLargeError(ApiError):
    """413."""


class UnsupportedMediaTypeError(ApiError):
    """415."""


class IdempotencyMismatchError(ApiError):
    """422: the idempotency key came with another request before."""


class RateLimitExceededError(ApiError):
    """429, after all retries; ``rate_limit`` and ``retry_after_seconds`` say when to go on."""


class InternalError(ApiError):
    """500; ``request_id`` finds the reason in the server's log."""


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
"""What failed when a webhook was verified."""


class WebhookVerificationError(ComservError):
    """What arrived is not a webhook of this server; ``check`` says which check failed. Answer it with 400."""

    check: FailedCheck

    def __init__(self, check: FailedCheck, message: str) -> None:
        super().__init__(check, message)
        self.check = check

    def __str__(self) -> str:
        return str(self.args[1])
