from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from .._options import httpx_timeout
from .._received import error_for, is_of_type, json_of, shown_headers, timed_out, without_frames
from .._session_cookies import SessionCookies
from ..errors import ComservError
from .per_loop import Place, is_at, place, require_place


@dataclass(slots=True)
class Attempt:
    """A request, ready to send."""

    method: str
    url: str
    headers: dict[str, str]
    # May be a form that contains the client secret.
    content: bytes | None = field(repr=False)
    timeout: float
    is_streamed: bool


@dataclass(slots=True)
class AsyncReceived:
    status: int
    headers: httpx.Headers
    # May contain a token or session.
    body: Any = field(repr=False)
    is_empty: bool
    chunks: AsyncIterator[bytes] | None
    """The bytes of a streamed response, as they come."""


async def exchange(
    client: httpx.AsyncClient, attempt: Attempt, who: dict[str, str], cookies: SessionCookies | None
) -> AsyncReceived:
    """Sends a request once. Raises ConnectionError or TimeoutError, whatever httpx and what lies beneath it raise."""
    give_up_at = time.monotonic() + attempt.timeout
    read = None
    try:
        request = _request_of(client, attempt, who)
        if cookies is not None:
            cookies.put_on(request)
        # A redirect to another server would send the key there: httpx drops Authorization on the way, but not
        # X-API-Key.
        response = await client.send(request, stream=True, auth=None, follow_redirects=False)
        if cookies is not None:
            cookies.take_from(response, client.cookies.jar)
        if attempt.is_streamed and response.is_success:
            chunks = None
            if is_of_type(response, attempt.headers["accept"]):
                chunks = _chunks_of(response, attempt.timeout, place())
            else:
                # Its body may not end.
                await response.aclose()
            return AsyncReceived(response.status_code, shown_headers(response), None, False, chunks)
        read = "while it was read"
        try:
            content = await _content_of(response, give_up_at)
        finally:
            await response.aclose()
    except ComservError:
        raise
    except Exception as cause:
        error = error_for(cause, attempt.timeout, client.is_closed, read)
        reason = without_frames(cause)
    else:
        if content is None:
            raise timed_out(attempt.timeout)
        headers = shown_headers(response)
        return AsyncReceived(response.status_code, headers, json_of(headers, content), not content, None)
    raise error from reason


def _request_of(client: httpx.AsyncClient, attempt: Attempt, who: dict[str, str]) -> httpx.Request:
    return client.build_request(
        attempt.method,
        attempt.url,
        headers={**attempt.headers, **who},
        content=attempt.content,
        timeout=httpx_timeout(attempt.timeout),
    )


async def _content_of(response: httpx.Response, give_up_at: float) -> bytes | None:
    """None if it is not complete in time. The timeout of httpx applies to each part."""
    parts = []
    async for part in response.aiter_bytes():
        parts.append(part)
        if time.monotonic() > give_up_at:
            return None
    return b"".join(parts)


async def _chunks_of(response: httpx.Response, timeout: float, here: Place) -> AsyncIterator[bytes]:
    """The timeout applies to each part, so that a long list may take its time."""
    count = 0
    try:
        require_place(here)
        async for part in response.aiter_bytes():
            count += len(part)
            yield part
            require_place(here)
    except ComservError:
        raise
    except Exception as cause:
        error = error_for(cause, timeout, read=f"after {count} bytes")
        reason = without_frames(cause)
    else:
        return
    finally:
        # A caller that stopped early does not want the rest; a forked child leaves it to its parent.
        if is_at(here):
            await response.aclose()
    raise error from reason
