"""The totals of lists and batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ._answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._answer import Raw

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMeta:
    current_page: int
    total_pages: int
    total_count: int

    @classmethod
    def _of(cls, raw: Raw) -> ListMeta:
        return cls(
            current_page=raw["current_page"], total_pages=raw["total_pages"], total_count=raw["total_count"]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventListMeta:
    total_count: int
    """The number of matching records."""

    @classmethod
    def _of(cls, raw: Raw) -> EventListMeta:
        return cls(total_count=raw["total_count"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMeta:
    succeeded: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class BatchAnswer(Answer, Generic[T]):
    data: list[T]
    """One result for each item, in order."""
    meta: BatchMeta


def batch_of(row: Callable[[Raw], T]) -> Callable[[Raw], BatchAnswer[T]]:
    def make(raw: Raw) -> BatchAnswer[T]:
        meta = BatchMeta(succeeded=raw["meta"]["succeeded"], failed=raw["meta"]["failed"])
        return BatchAnswer(data=[row(one) for one in raw["data"]], meta=meta)

    return make
