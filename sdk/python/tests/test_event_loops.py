"""A client that outlives event loops, and one that several of them use at the same time."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from pauses import at_once
from rig import Rig, Server

from comserv import AsyncComserv, Comserv, ComservError, ConfigurationError


@pytest.fixture(params=["key", "token"])
def who(request: pytest.FixtureRequest, server: Server) -> dict[str, Any]:
    _, client_id, secret = server.credential()
    return (
        {"api_key": secret} if request.param == "key" else {"client_id": client_id, "client_secret": secret}
    )


async def first_page(client: AsyncComserv) -> int:
    return (await client.documents.list(limit=1)).meta.current_page


async def several(client: AsyncComserv) -> list[int]:
    return list(await asyncio.gather(*(first_page(client) for _ in range(4))))


def test_each_run_of_asyncio_has_connections_of_its_own_and_leaves_none(
    server: Server, who: dict[str, Any]
) -> None:
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    for options in (dict[str, Any](), {"http_client": make}):
        client = AsyncComserv(server.url, **who, **options)
        for _ in range(3):
            assert asyncio.run(several(client)) == [1] * 4
        asyncio.run(client.aclose())
        with pytest.raises(ConfigurationError, match="is closed"):
            asyncio.run(first_page(client))
    assert len(made) == 3
    assert all(one.is_closed for one in made)
    # A socket that was left open would warn now, which is an error here.
    gc.collect()


def test_loops_of_several_threads_use_one_client_at_the_same_time(
    server: Server, who: dict[str, Any]
) -> None:
    client = AsyncComserv(server.url, **who)
    begin = threading.Barrier(4)

    def run() -> list[int]:
        begin.wait()
        return [page for _ in range(3) for page in asyncio.run(several(client))]

    assert at_once(4, run) == [[1] * 12] * 4
    asyncio.run(client.aclose())


def test_a_loop_that_runs_again_keeps_its_connections(server: Server) -> None:
    made: list[int] = []

    def make() -> httpx.AsyncClient:
        made.append(1)
        return httpx.AsyncClient()

    client = AsyncComserv(server.url, api_key=server.credential().secret, http_client=make)
    loop = asyncio.new_event_loop()
    assert [loop.run_until_complete(first_page(client)) for _ in range(3)] == [1] * 3
    assert made == [1]
    loop.run_until_complete(client.aclose())
    loop.close()


def test_a_client_that_one_loop_has_closed_is_closed_in_all(server: Server) -> None:
    client = AsyncComserv(server.url, api_key=server.credential().secret)
    used, closed = threading.Event(), threading.Event()

    async def other() -> str:
        await several(client)
        used.set()
        await asyncio.to_thread(closed.wait)
        try:
            await first_page(client)
        except ConfigurationError as error:
            return str(error)
        return "It was answered."

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, other())
        used.wait()
        asyncio.run(client.aclose())
        closed.set()
        assert running.result() == "The client is closed."
    gc.collect()


def test_a_response_is_read_in_the_loop_that_requested_it(server: Server) -> None:
    client = AsyncComserv(server.url, api_key=server.credential().secret)
    asyncio.run(documents_of(client))
    loops = [asyncio.new_event_loop() for _ in range(2)]
    rows = client.documents.export().__aiter__()
    loops[0].run_until_complete(rows.__anext__())
    with pytest.raises(ConfigurationError, match="began in another event loop"):
        loops[1].run_until_complete(rest_of(rows))
    # A page is complete, and the next one a request of its own.
    page = loops[0].run_until_complete(first(client))
    assert loops[1].run_until_complete(next_of(page)) is not None
    for loop in loops:
        loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def documents_of(client: AsyncComserv) -> None:
    for number in range(3):
        await client.documents.create(title=f"Document {number}")


async def rest_of(rows: AsyncIterator[Any]) -> list[Any]:
    return [row async for row in rows]


async def first(client: AsyncComserv) -> Any:
    return await client.documents.list(limit=1)


async def next_of(page: Any) -> Any:
    return await page.next()


def test_a_client_of_httpx_stays_in_the_loop_where_it_was_used_first(server: Server) -> None:
    given = httpx.AsyncClient()
    client = AsyncComserv(server.url, api_key=server.credential().secret, http_client=given)

    async def use() -> None:
        async with given:
            assert await first_page(client) == 1

    asyncio.run(use())
    with pytest.raises(ConfigurationError, match="is closed"):
        asyncio.run(first_page(client))
    given = httpx.AsyncClient()
    client = AsyncComserv(server.url, api_key=server.credential().secret, http_client=given)
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(first_page(client)) == 1
    with pytest.raises(ConfigurationError, match="another event loop"):
        asyncio.run(first_page(client))
    loop.run_until_complete(given.aclose())
    loop.close()


def test_without_a_loop_of_asyncio_calls_are_refused() -> None:
    client = AsyncComserv("http://127.0.0.1:1", api_key="key")
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.users.get(1),
        lambda: first(client),
        client.aclose,
    ]
    for call in calls:
        coroutine: Any = call()
        with pytest.raises(ConfigurationError, match="needs a running event loop of asyncio"):
            coroutine.send(None)


def test_threads_share_a_blocking_client_and_may_close_it_under_each_other(rig: Rig, server: Server) -> None:
    _, client_id, secret = server.credential()
    client = Comserv(server.url, client_id=client_id, client_secret=secret)
    ids = [client.documents.create(title=f"Of thread {number}").id for number in range(8)]
    waiting = iter(ids)

    def get_my_own() -> bool:
        id = next(waiting)
        return all(client.documents.get(id).id == id for _ in range(10))

    assert at_once(8, get_my_own) == [True] * 8
    client.close()
    hanging = rig.strange({"hang": True})
    closed = Comserv(hanging.url, api_key="key", max_retries=0, timeout=5)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(closed.users.get, 1)
        while not hanging.requests():
            pass
        closed.close()
        with pytest.raises(ComservError):
            running.result()
    with pytest.raises(ConfigurationError, match="The client is closed"):
        closed.users.get(1)


def test_an_iteration_that_is_continued_in_another_loop_raises_instead_of_ending(rig: Rig) -> None:
    meta = {"current_page": 1, "total_pages": 9, "total_count": 9}
    listed = {"id": 1, "username": "ada", "email": "ada@example.org", "role": "normal", "status": "active"}
    listed |= {"created_at": "2026-01-15T08:30:00Z", "last_login": None}
    link = {"link": '</api/v1/users?cursor=next>; rel="next"'}
    pages = rig.strange({"body": {"data": [listed], "meta": meta}, "headers": link})
    export = rig.strange({"parts": ["a,b\n", "c,d\n"], "pause_ms": 50})
    client, exporting = (AsyncComserv(one.url, api_key="key") for one in (pages, export))
    begun: list[AsyncIterator[Any]] = [
        client.users.list().__aiter__(),
        client.users.list().pages(),
        exporting.users.export().stream("csv"),
    ]

    async def step(iteration: AsyncIterator[Any]) -> Any:
        return await iteration.__anext__()

    for iteration in begun:
        asyncio.run(step(iteration))
        with pytest.raises(ConfigurationError, match="began in another event loop"):
            asyncio.run(step(iteration))
