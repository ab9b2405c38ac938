"""What must not be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, TypeVar, cast

T = TypeVar("T")

SECRET_FIELDS = frozenset({"password", "current_password", "new_password", "token", "secret"})


class Secret(str):
    """A text that stays out of whatever prints the values of variables, and of pickles."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "Secrets cannot be copied or pickled, and no client can that holds them: make one in each process."
        )


def hidden(fields: T) -> T:
    """The same fields. What prints the variables of a frame that has them does not show the passwords among them."""
    made: object = fields
    if isinstance(fields, Mapping):
        made = {
            name: Secret(value) if name in SECRET_FIELDS and isinstance(value, str) else hidden(value)
            for name, value in fields.items()
        }
    elif isinstance(fields, (list, tuple)):
        made = [hidden(one) for one in fields]
    return cast(T, made)
