"""Creating httpx clients: our own, those of the caller's function, or the caller's one client."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import httpx

from .errors import ComservError, ConfigurationError

C = TypeVar("C", httpx.Client, httpx.AsyncClient)


def creation_of(
    kind: type[C], given: C | Callable[[], C] | None, default: Callable[[], C]
) -> tuple[C | None, Callable[[], C]]:
    """:returns: the caller's client, which stays open and where it is; or what creates one, wherever one is needed"""
    if given is None:
        return None, default
    if isinstance(given, kind):
        return given, _refused
    if isinstance(given, (httpx.Client, httpx.AsyncClient)) or not callable(given):
        raise _wrong(kind)
    return None, _checked(kind, given)


def _refused() -> NoReturn:
    raise ConfigurationError(
        "The http_client was created in another process, before a fork, and its connections stay there. Pass a "
        "function as http_client, such as http_client=lambda: httpx.Client(…), or a client in each process."
    )


def _checked(kind: type[C], create: Callable[[], C]) -> Callable[[], C]:
    def created() -> C:
        try:
            client = create()
        except ComservError:
            raise
        except Exception as cause:
            error = ConfigurationError(
                f"The function given as http_client raised {type(cause).__name__}: {cause}"
            )
            reason = cause.with_traceback(None)
        else:
            if not isinstance(client, kind):
                raise _wrong(kind)
            return client
        raise error from reason

    return created


def _wrong(kind: type[C]) -> ConfigurationError:
    return ConfigurationError(
        f"http_client must be an httpx.{kind.__name__}, or a function that creates one in each process."
    )
