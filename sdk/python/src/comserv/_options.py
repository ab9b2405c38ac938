"""The options of a client, validated and complete."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import SplitResult, urlsplit

import httpx

from ._secret import Secret
from .errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Literal

    from ._token_store import TokenStore

C = TypeVar("C")

timeout_default = 30.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The client secret itself, sent as X-API-Key."""

    api_key: Secret

    @property
    def kind(self) -> Literal["api_key"]:
        return "api_key"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth 2.0: a token is fetched, kept and renewed."""

    client_id: str
    client_secret: Secret
    scope: str | None

    @property
    def kind(self) -> Literal["client_credentials"]:
        return "client_credentials"


@dataclass(frozen=True, slots=True)
class PersonAccess:
    """An application that a person signed in to: access tokens by the refresh token, which changes at each use."""

    client_id: str
    client_secret: Secret | None
    refresh_token: Secret
    save_refresh_token: Callable[[str | None], object] | None

    @property
    def kind(self) -> Literal["person"]:
        return "person"


@dataclass(frozen=True, slots=True)
class PersonSession:
    """A person who signs in: the session cookie, and the CSRF token with every change."""

    @property
    def kind(self) -> Literal["session"]:
        return "session"


Who = ApiKey | ClientCredentials | PersonAccess | PersonSession


@dataclass(frozen=True, slots=True)
class Settings:
    base_url: str
    who: Who
    timeout: float
    max_retries: int
    now: Callable[[], float]
    random: Callable[[], float]
    token_store: TokenStore | None = None


def checked_timeout(timeout: float) -> float:
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0:
        # Sockets take at most about 24 days.
        return timeout if timeout < 2_000_000 else math.inf
    raise ConfigurationError("timeout must be a number of seconds above 0; math.inf means no limit.")


def checked_retries(max_retries: int) -> int:
    if isinstance(max_retries, int) and not isinstance(max_retries, bool) and max_retries >= 0:
        return max_retries
    raise ConfigurationError("max_retries must be 0 or a positive integer.")


def checked_function(name: str, given: C) -> C:
    if callable(given):
        return given
    raise ConfigurationError(f"{name} must be a function.")


def httpx_timeout(timeout: float) -> float | None:
    return None if timeout == math.inf else timeout


def checked_base_url(text: str) -> str:
    url = _split(text)
    if url is None or url.scheme not in ("http", "https") or not _is_host(url.hostname):
        raise ConfigurationError(
            "base_url must be the address of the server, such as https://comserv.example.org."
        )
    if url.username is not None or url.password is not None:
        raise ConfigurationError("base_url must not contain a user name or password.")
    if url.query or url.fragment:
        raise ConfigurationError("base_url must not contain a query (?) or a fragment (#).")
    path = re.sub("/api/v1$", "", url.path.rstrip("/"))
    return f"{url.scheme}://{url.netloc}{path}"


def _is_host(host: str | None) -> bool:
    """Whether DNS could know it; Python and httpx raise errors of their own for labels that are too long or empty."""
    if host is None or ":" in host:
        return host is not None
    return "%" not in host and all(0 < len(label) < 64 for label in host.rstrip(".").split("."))


def _split(text: object) -> SplitResult | None:
    try:
        if not isinstance(text, str) or re.search(r"[\x00-\x20\x7f\\]", text.strip()):
            return None
        # The names of other scripts as DNS knows them. An invalid port is detected when it is read.
        url = urlsplit(str(httpx.URL(text.strip())))
        return url if url.port is None or url.port > 0 else None
    except (ValueError, httpx.InvalidURL):
        return None


def decide_who(
    api_key: str | None,
    client_id: str | None,
    client_secret: str | None,
    scope: str | None,
    session: bool,
) -> Who:
    """How the client authenticates. Errors never repeat a secret."""
    if not isinstance(session, bool):
        raise ConfigurationError(
            "session must be True or omitted; pass name and password to session.sign_in."
        )
    is_client = client_id is not None or client_secret is not None
    ways = [is_client, api_key is not None, session].count(True)
    if ways == 0:
        raise ConfigurationError(
            "api_key, client_id and client_secret are None; an environment variable may not be set. Pass either "
            "client_id and client_secret, or api_key, or session=True."
        )
    if ways != 1:
        raise ConfigurationError("Pass either client_id and client_secret, or api_key, or session=True.")
    if session:
        return PersonSession()
    if api_key is not None:
        return ApiKey(Secret(sendable("api_key", api_key)))
    if scope is not None and not (isinstance(scope, str) and re.fullmatch("[\x20-\x7e]*", scope)):
        raise ConfigurationError("scope must be a string of scopes, separated by spaces.")
    return ClientCredentials(
        sendable("client_id", client_id), Secret(sendable("client_secret", client_secret)), scope
    )


def person_of(
    client_id: str | None,
    client_secret: str | None,
    refresh_token: str | None,
    save_refresh_token: Callable[[str | None], object] | None,
) -> PersonAccess:
    if save_refresh_token is not None:
        checked_function("save_refresh_token", save_refresh_token)
    return PersonAccess(
        sendable("client_id", client_id),
        None if client_secret is None else Secret(sendable("client_secret", client_secret)),
        Secret(sendable("refresh_token", refresh_token)),
        save_refresh_token,
    )


def sendable(name: str, value: str | None) -> str:
    """A string that is valid in a header. The error of httpx may repeat an invalid one, so it is checked first."""
    if isinstance(value, str) and re.fullmatch("[\x21-\x7e]+", value):
        return value
    raise ConfigurationError(
        f"{name} must be a string of visible ASCII characters; it may be missing, or end with a line break."
    )
