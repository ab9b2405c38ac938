"""What responses consist of."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ._rate_limit import RateLimit, rate_limit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

Raw = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The metadata of a response. Its headers are parsed on demand."""

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
        """Identifies the request in the server's log."""
        request_id: str | None = self.headers.get("x-request-id")
        return request_id

    @property
    def rate_limit(self) -> RateLimit | None:
        """The caller's rate limit; None if the response has none, as under /health."""
        return rate_limit_of(self.headers)


class Answer:
    """The response to a call. Its fields are those of the contract; those that a newer server adds are ignored."""

    __slots__ = ("_response",)

    _response: Response

    def __reduce__(
        self,
    ) -> tuple[Callable[..., Answer], tuple[type[Answer], dict[str, Any], Response | None]]:
        """With the response: what dataclasses make of slots for pickle and copy has the fields only."""
        # Every response is a dataclass; this class has no fields of its own to be one.
        record: Any = self
        given = {one.name: getattr(self, one.name) for one in fields(record)}
        return _remade, (type(self), given, getattr(self, "_response", None))

    @property
    def response(self) -> Response:
        """Status, headers, ETag, request id and rate limit of this response."""
        try:
            return self._response
        except AttributeError:
            kind = type(self).__name__
            raise AttributeError(
                f"This {kind} came as part of a response: see the response of the whole."
            ) from None


_A = TypeVar("_A", bound=Answer)


def _remade(kind: type[_A], given: dict[str, Any], response: Response | None) -> _A:
    made = kind(**given)
    return made if response is None else with_response(made, response)


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
