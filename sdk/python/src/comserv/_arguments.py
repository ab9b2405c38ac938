"""Arguments of methods. At run time they may be anything: each is refused here, rather than sent as something else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

from .errors import ConfigurationError

T = TypeVar("T")
V = TypeVar("V")


class Segment(str):
    """A string, encoded for a path."""

    __slots__ = ()


def path(pattern: str, /, **ids: int | Segment) -> str:
    """A path with ids in it, by their names. ``..`` as an id would lead to another resource."""
    return pattern.format(
        **{name: id if isinstance(id, Segment) else _checked_id(name, id) for name, id in ids.items()}
    )


def text_in(name: str, text: str) -> Segment:
    if isinstance(text, str) and text not in ("", ".", "..") and not re.search("[\ud800-\udfff]", text):
        return Segment(quote(text, safe=""))
    raise ConfigurationError(f"{name} must be a non-empty string, not {shown(text)}.")


def _checked_id(name: str, given: object) -> str:
    """An id from an address or a form is text. Python does not write integers of more than 4,300 digits."""
    is_number = isinstance(given, int) and not isinstance(given, bool) and 0 < given < 10**16
    if is_number or (isinstance(given, str) and re.fullmatch("[1-9][0-9]{0,15}", given)):
        return str(given)
    raise ConfigurationError(f"{name} must be a positive integer, not {shown(given)}.")


def fields_in(name: str, fields: Mapping[str, V]) -> Mapping[str, V]:
    if isinstance(fields, Mapping) and all(isinstance(field, str) for field in fields):
        return fields
    raise ConfigurationError(f"{name} must be a dict of fields, not {shown(fields)}.")


def items_in(items: Sequence[T]) -> Sequence[T]:
    """The items of a batch."""
    if isinstance(items, (list, tuple)):
        return items
    raise ConfigurationError(f"items must be a list, not {shown(items)}.")


_PATH = re.compile(
    r"(?:file:|~?[\\/]|\.\.?[\\/]|[A-Za-z]:[\\/]).*|.*\.(?:csv|tsv|tab|txt|json|ndjson|jsonl|xlsx?|ods)",
    re.IGNORECASE,
)


def file_in(file: str | bytes) -> bytes:
    """Text as UTF-8. The errors do not show it: it may be the content of a file, with passwords."""
    if isinstance(file, str) and len(file) <= 4096 and _PATH.fullmatch(file):
        raise ConfigurationError(
            "file must be the content of a file; this looks like the path of one: give Path(...).read_bytes()."
        )
    if callable(getattr(file, "read", None)):
        raise ConfigurationError("file must be the content of a file, not the file: call .read() on it.")
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    if not isinstance(file, str):
        raise ConfigurationError(
            f"file must be the content of a file, as bytes or as a string, not {shown(file)}."
        )
    try:
        return file.encode()
    except UnicodeEncodeError:
        error = ConfigurationError("file must be the content of a file: UTF-8 cannot encode this string.")
    raise error


def checked_position(after: object) -> int | None:
    """Where a stream continues."""
    if after is None:
        return None
    is_number = isinstance(after, int) and not isinstance(after, bool) and 0 <= after < 10**16
    if is_number or (isinstance(after, str) and re.fullmatch("[0-9]{1,16}", after)):
        return int(after)  # type: ignore[call-overload, no-any-return]
    raise ConfigurationError(
        f"The parameter 'after' must be the id of an event, or 0 for the first one, not {shown(after)}."
    )


def shown(value: object) -> str:
    """A wrong value as an error names it. Text is not repeated: it may be a secret in the wrong place."""
    if value is None or isinstance(value, (bool, float)):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "such a long number"
    if isinstance(value, str):
        return "this string" if value else "an empty string"
    if inspect.isawaitable(value):
        return "a coroutine; an await is missing"
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"
