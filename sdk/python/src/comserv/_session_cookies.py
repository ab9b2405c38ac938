"""The cookie of a person's session.

A client keeps it to itself: in the cookies of a shared httpx client, all who share it would be one person.
"""

from __future__ import annotations

import contextlib
import logging
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

from ._secret import Secret

if TYPE_CHECKING:
    from http.cookiejar import Cookie
    from urllib.request import Request

    import httpx

_NAMES = ("__Host-comserv_session", "comserv_session")
"""Over https the server sets the first. Over plain http it sets both, to the same value."""

_OF_BROWSERS = ("__Host-comserv_device", "comserv_device")
"""They tell browsers apart that people have signed in with; the clients that share an httpx client are no browser."""


class SessionCookies:
    """The cookie that the server set. All requests of a client go to the address that set it."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, Secret] = {}

    def put_on(self, request: httpx.Request) -> None:
        """Beside cookies that httpx keeps, such as a load balancer's, but never another session."""
        others = request.headers.pop("cookie", "").split("; ")
        pairs = [pair for pair in others if pair and pair.partition("=")[0] not in _NAMES + _OF_BROWSERS]
        pairs += [f"{name}={value}" for name, value in self._kept.items()]
        if pairs:
            request.headers["cookie"] = "; ".join(pairs)

    def take_from(self, response: httpx.Response, jar: CookieJar) -> None:
        """:param jar: where httpx has stored it, and must not keep it"""
        given = _set_by(response)
        if not given:
            return
        kept = {**self._kept, **{name: value for name, value in given.items() if name in _NAMES}}
        self._kept = {name: value for name, value in kept.items() if value}
        for cookie in list(jar):
            if cookie.value and given.get(cookie.name) == cookie.value:
                with contextlib.suppress(KeyError):
                    jar.clear(cookie.domain, cookie.path, cookie.name)

    def forget(self) -> None:
        self._kept = {}


def _set_by(response: httpx.Response) -> dict[str, Secret]:
    """An empty one means that the session has ended."""
    given = {}
    for line in response.headers.get_list("set-cookie"):
        name, _, value = line.partition(";")[0].strip().partition("=")
        if name in _NAMES + _OF_BROWSERS and re.fullmatch("[\x21-\x7e]*", value):
            given[name] = Secret(value)
    return given


class _WithoutSessions(DefaultCookiePolicy):
    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        return cookie.name not in _NAMES + _OF_BROWSERS and super().set_ok(cookie, request)


def jar_without_sessions() -> CookieJar:
    """For our own httpx client, in which the cookie is never stored."""
    return CookieJar(_WithoutSessions())


def keep_out_of_logs() -> None:
    """At DEBUG httpcore logs the headers of every response, and one of them sets the cookie."""
    for name in ("httpcore.http11", "httpcore.http2"):
        logging.getLogger(name).addFilter(_without_value)


def _without_value(record: logging.LogRecord) -> bool:
    if "comserv_session=" in str(record.msg):
        record.msg = re.sub(r"(comserv_session=)[^;'\"]+", r"\1***", str(record.msg))
    return True
