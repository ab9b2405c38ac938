"""An answer as it arrived, and what stands in for one that did not."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from .errors import ConnectionError, TimeoutError


def shown_headers(response: httpx.Response) -> httpx.Headers:
    """All but cookies, which are not for programs to see."""
    headers = response.headers
    if "set-cookie" in headers:
        del headers["set-cookie"]
    return headers


def json_of(headers: httpx.Headers, content: bytes) -> Any:
    """The parsed JSON; None when the answer is empty or something else."""
    if not content or not re.search(r"\bjson\b", headers.get("content-type", "")):
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def error_for(cause: Exception, timeout: float) -> ConnectionError:
    """What to raise for whatever httpx raised."""
    if isinstance(cause, httpx.TimeoutException):
        return timed_out(timeout)
    return ConnectionError(f"No answer arrived: {_reason_of(cause)}")


def timed_out(timeout: float) -> TimeoutError:
    return TimeoutError(f"No complete answer arrived within {timeout:g} s.")


def without_frames(cause: BaseException) -> BaseException:
    """The cause by its name and words alone: its frames hold the headers of the request, and so the key."""
    seen: BaseException | None = cause
    while seen is not None:
        seen.__traceback__ = None
        if isinstance(seen, httpx.RequestError):
            seen._request = None
        seen = seen.__cause__ or seen.__context__
    return cause


def _reason_of(cause: BaseException) -> str:
    """httpx hides why behind a general sentence, or an empty one."""
    reason = str(cause)
    inner = cause.__cause__ or cause.__context__
    while inner is not None:
        reason = str(inner) or reason
        inner = inner.__cause__ or inner.__context__
    return reason or type(cause).__name__
