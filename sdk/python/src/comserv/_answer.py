"""What answers are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ._rate_limit import RateLimit, rate_limit_of

if TYPE_CHECKING:
    import httpx

Raw = dict[str, Any]
"""An object of JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came with an answer. What is in its headers is read when somebody asks."""

    status: int
    headers: httpx.Headers
    """All but cookies."""

    @property
    def etag(self) -> str | None:
        """Of a single resource; ``update`` and ``delete`` take it as ``if_match``."""
        etag: str | None = self.headers.get("etag")
        return etag

    @property
    def request_id(self) -> str | None:
        """Names the request in the server's log."""
        request_id: str | None = self.headers.get("x-request-id")
        return request_id

    @property
    def rate_limit(self) -> RateLimit | None:
        """Where the caller stands; None when the answer has no such figures, as under /health."""
        return rate_limit_of(self.headers)


class Answer:
    """What a call answers. Its fields are those that the server promises; what a newer one adds is passed over."""

    __slots__ = ("_response",)

    _response: Response

    @property
    def response(self) -> Response:
        """Status, headers, ETag, request id and rate limit of the answer that this is."""
        try:
            return self._response
        except AttributeError:
            kind = type(self).__name__
            raise AttributeError(
                f"This {kind} came as part of an answer: see the response of the whole."
            ) from None


_A = TypeVar("_A", bound=Answer)


def with_response(answer: _A, response: Response) -> _A:
    object.__setattr__(answer, "_response", response)
    return answer


def instant_of(text: str) -> datetime:
    """RFC 3339. Before Python 3.11 the library reads neither Z nor fractions of other lengths than 3 and 6."""
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(re.sub(r"\.[0-9]+", lambda part: part[0][:7].ljust(7, "0"), text))
