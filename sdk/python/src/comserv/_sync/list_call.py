"""What a list method returns: the page, at once. Written by hand, unlike the rest of this folder."""

from __future__ import annotations

from collections.abc import Callable

from .page import M, Page, T

__all__ = ["Page", "list_call"]


def list_call(fetch: Callable[[], Page[T, M]]) -> Page[T, M]:
    return fetch()
