"""Values that must not be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, TypeVar, cast

from .errors import ConfigurationError

T = TypeVar("T")

SECRET_FIELDS = frozenset({"password", "current_password", "new_password", "token", "secret"})


class Secret(str):
    """A string that does not show when variables are printed or pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        refuse_copies()


class NotCopiedError(ConfigurationError, TypeError):
    """A TypeError as well, as copy and pickle raise."""


def refuse_copies() -> NoReturn:
    raise NotCopiedError(
        "Secrets, and clients that hold them, cannot be copied or pickled: create a client in each process."
    )


def hidden(fields: T) -> T:
    """The same fields, whose passwords do not show when the variables of a frame are printed."""
    try:
        return _hidden(fields)
    except RecursionError:
        error = ConfigurationError(
            "This cannot be sent as JSON: it contains itself, or is nested too deeply."
        )
    raise error


def _hidden(fields: T) -> T:
    made: object = fields
    if isinstance(fields, Mapping):
        made = {
            name: Secret(value) if name in SECRET_FIELDS and isinstance(value, str) else _hidden(value)
            for name, value in fields.items()
        }
    elif isinstance(fields, (list, tuple)):
        made = [_hidden(one) for one in fields]
    return cast(T, made)
