"""Children that were forked while an event loop of the parent was running, and use the client in one of their own."""

from __future__ import annotations

import asyncio
import os
from functools import partial

from forking.shared import calls, children, fork, options, require_success

from comserv import AsyncComserv

client = AsyncComserv(os.environ["BASE"], **options())


async def get_my_own(id: int) -> None:
    for _ in range(calls):
        assert (await client.documents.get(id)).id == id


def child(id: int) -> None:
    # os.fork leaves the child the mark of a loop that runs in the parent alone.
    asyncio._set_running_loop(None)
    asyncio.run(get_my_own(id))


async def main() -> None:
    ids = [(await client.documents.create(title=f"Document {number}")).id for number in range(children + 1)]
    in_flight = [asyncio.ensure_future(get_my_own(ids[-1])) for _ in range(3)]
    await asyncio.sleep(0)
    pids = [fork(partial(child, id), os._exit) for id in ids[:children]]
    await asyncio.gather(*in_flight)
    ended = asyncio.ensure_future(asyncio.to_thread(require_success, pids))
    while not ended.done():
        await asyncio.gather(*[client.documents.get(ids[-1]) for _ in in_flight])
    await ended
    await get_my_own(ids[-1])
    await client.aclose()


asyncio.run(main())
