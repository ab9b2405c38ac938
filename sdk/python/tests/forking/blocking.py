"""Children that were forked from a process which has used its client, as by gunicorn --preload and Celery."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from forking.shared import calls, children, fork, options, require_success

from comserv import Comserv

client = Comserv(os.environ["BASE"], **options())
ids = [client.documents.create(title=f"Document {number}").id for number in range(2 * children + 1)]


def get_my_own(id: int) -> None:
    for _ in range(calls):
        assert client.documents.get(id).id == id


def get_and_close(id: int) -> None:
    get_my_own(id)
    with client:
        pass
    gc.collect()


# Each way to leave a process, with and without a look at what the parent had.
leaving: list[Callable[[int], Any]] = [sys.exit, os._exit]
pids = [fork(partial(get_my_own, id), leaving[id % 2]) for id in ids[:children]]
pids += [fork(lambda: None, sys.exit), fork(client.close, sys.exit)]
context = multiprocessing.get_context("fork")
workers = [context.Process(target=get_and_close, args=(id,)) for id in ids[children : 2 * children]]
for worker in workers:
    worker.start()
get_my_own(ids[-1])
require_success(pids, partial(client.documents.get, ids[-1]))
for worker in workers:
    while worker.is_alive():
        client.documents.get(ids[-1])
    worker.join()
    assert worker.exitcode == 0
# The parent goes on over the connection that it had.
get_my_own(ids[-1])


def child_with_a_child() -> None:
    get_my_own(ids[0])
    require_success([fork(lambda: get_my_own(ids[1]))], partial(client.documents.get, ids[0]))
    get_my_own(ids[0])


require_success([fork(child_with_a_child)], partial(client.documents.get, ids[-1]))
get_my_own(ids[-1])
