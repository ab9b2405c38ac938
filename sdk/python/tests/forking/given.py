"""An httpx client of the caller's stays in its process; a function that makes one is called in each."""

from __future__ import annotations

import os
from collections.abc import Callable

import httpx
from forking.shared import fork, options, require_success

from comserv import Comserv, ConfigurationError

made: list[int] = []


def make() -> httpx.Client:
    made.append(os.getpid())
    return httpx.Client(headers={"x-made-by": "us"})


given = Comserv(os.environ["BASE"], **options(), http_client=httpx.Client())
each = Comserv(os.environ["BASE"], **options(), http_client=make)
id = each.documents.create(title="Mine").id
export = iter(each.documents.export())
next(export)
total = each.documents.list(limit=1).meta.total_count


def refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except ConfigurationError as error:
        return str(error)
    raise AssertionError("It was not refused.")


def child() -> None:
    assert "http_client=lambda" in refusal(lambda: given.documents.get(id))
    assert each.documents.get(id).id == id
    assert made == [os.getppid(), os.getpid()]
    assert "belongs to the process" in refusal(lambda: list(export))


require_success([fork(child), fork(lambda: None)])
assert given.documents.get(id).id == id
assert 1 + len(list(export)) == total
each.close()
assert refusal(lambda: each.documents.get(id)) == "The client is closed."
require_success([fork(each.close)])
