"""A pool of workers, as Celery has: forked from a process that has used its clients, each runs many tasks."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from forking.shared import calls, children, options

from comserv import AsyncComserv, Comserv

client = Comserv(os.environ["BASE"], **options())
waiting = AsyncComserv(os.environ["BASE"], **options())


def task(id: int) -> tuple[int, int]:
    return client.documents.get(id).id, os.getpid()


def waiting_task(id: int) -> tuple[int, int]:
    """Its own event loop, as each task of a worker has."""
    return asyncio.run(get(id)), os.getpid()


async def get(id: int) -> int:
    both = await asyncio.gather(waiting.documents.get(id), waiting.documents.get(id))
    return both[1].id


ids = [client.documents.create(title=f"Document {number}").id for number in range(calls)]
assert asyncio.run(get(ids[0])) == ids[0]
with ProcessPoolExecutor(children, multiprocessing.get_context("fork")) as pool:
    for job in (task, waiting_task):
        found = list(pool.map(job, ids))
        assert [id for id, _ in found] == ids
        assert os.getpid() not in {process for _, process in found}
assert task(ids[0]) == (ids[0], os.getpid())
assert waiting_task(ids[0]) == (ids[0], os.getpid())
client.close()
asyncio.run(waiting.aclose())
