"""What must not be shown."""

from __future__ import annotations

from typing import NoReturn


class Secret(str):
    """A text that stays out of whatever prints the values of variables, and of pickles."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "A client holds secrets and connections: make one in each process, it cannot be copied."
        )
