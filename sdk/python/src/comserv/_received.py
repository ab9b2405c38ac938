"""A response as it arrived, and the errors for a missing one."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from .errors import ComservError, ConfigurationError, ConnectionError, TimeoutError


def shown_headers(response: httpx.Response) -> httpx.Headers:
    """All but cookies, which programs must not see."""
    headers = response.headers
    if "set-cookie" in headers:
        del headers["set-cookie"]
    return headers


def is_of_type(response: httpx.Response, accept: str) -> bool:
    """Whether it has the format and an encoding that were asked for. Any other is a proxy's page."""
    given = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    known = {"", "identity", *_names_in(response.request.headers.get("accept-encoding", ""))}
    return given == accept.partition(";")[0] and known.issuperset(
        _names_in(response.headers.get("content-encoding", ""))
    )


def _names_in(header: str) -> list[str]:
    return [one.strip().lower() for one in header.split(",")]


def json_of(headers: httpx.Headers, content: bytes) -> Any:
    """The parsed JSON; None if the response is empty or not JSON."""
    if not content or not re.search(r"\bjson\b", headers.get("content-type", "")):
        return None
    try:
        # Of bytes it would also read UTF-16.
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def error_for(
    cause: Exception, timeout: float, is_closed: bool = False, read: str | None = None
) -> ComservError:
    """The error to raise for one of httpx, or of what lies beneath it: sockets, TLS, the event loop.

    :param is_closed: whether the httpx client is
    :param read: what arrived of the response before, such as ``after 12 bytes``
    """
    what = "No response arrived" if read is None else f"The response was cut off {read}"
    if isinstance(cause, httpx.TimeoutException):
        return timed_out(timeout)
    if is_closed:
        return ConfigurationError("The client is closed.")
    if isinstance(cause, (httpx.RequestError, OSError)):
        return ConnectionError(f"{what}: {_reason_of(cause)}")
    # From a hook of the caller's http_client, for example.
    return ConnectionError(f"{what}: {type(cause).__name__}: {_reason_of(cause)}")


def timed_out(timeout: float) -> TimeoutError:
    return TimeoutError(f"No complete response arrived within {timeout:g} s.")


def without_frames(cause: BaseException) -> BaseException:
    """The cause by name and message only: its frames hold the request headers, and so the key."""
    seen: BaseException | None = cause
    while seen is not None:
        seen.__traceback__ = None
        if isinstance(seen, httpx.HTTPError):
            seen._request = None
        if isinstance(seen, httpx.HTTPStatusError):
            del seen.response
        seen = seen.__cause__ or seen.__context__
    return cause


_ADVICE = (
    (
        r"wrong.version.number|packet.length.too.long|record.layer.failure|http.request\]",
        "The server does not speak TLS at this address. Is it http://?",
    ),
    (
        "self[- ]signed|unable to (get|verify)|local issuer|unknown ca",
        "The server's certificate is not from a CA that this program trusts. For a CA of your own, set "
        "SSL_CERT_FILE=/path/to/ca.pem, or SSL_CERT_DIR to a folder made by c_rehash.",
    ),
    (
        r"\b407\b|proxy authentication required",
        "The proxy wants a user name and password; put them into the address of the proxy.",
    ),
)


def _reason_of(cause: BaseException) -> str:
    """On one line. httpx hides the reason behind a general message, or an empty one."""
    reason = str(cause)
    inner = cause.__cause__ or cause.__context__
    while inner is not None:
        reason = str(inner) or reason
        inner = inner.__cause__ or inner.__context__
    known = (advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE))
    return next(known, None) or " ".join(reason.split()) or type(cause).__name__
