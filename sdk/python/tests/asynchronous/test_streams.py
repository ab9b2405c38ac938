"""Event streams over what happens to them: restarts, a caller who leaves, a server that does not come back."""

from __future__ import annotations

import pytest
from rig import Rig, Server

import comserv
from comserv import AsyncComserv


async def test_a_stream_goes_on_after_a_kill_and_a_restart_without_a_gap_and_without_a_repetition(
    rig: Rig,
) -> None:
    product = rig.process()
    titles = [f"Streamed {n}" for n in range(9)]
    seen: list[str] = []
    restarts = 0

    async def write_three(client: AsyncComserv) -> None:
        for title in titles[len(seen) : len(seen) + 3]:
            await client.documents.create(title=title)

    async def sleep(seconds: float) -> None:
        nonlocal restarts
        restarts += 1
        product.restart()
        # While nobody listens.
        async with AsyncComserv(product.url, api_key=product.secret) as writer:
            await write_three(writer)

    async with AsyncComserv(product.url, api_key=product.secret, sleep=sleep) as client:
        await write_three(client)
        stream = client.events.stream(types=["document.created"], after=0)
        async for event in stream:
            assert stream.position == event.id
            seen.append(str(getattr(event.payload.data, "title", None)))
            if len(seen) == len(titles):
                break
            if len(seen) % 3 == 0:
                product.kill()
    assert seen == titles
    assert restarts == 2


async def test_whoever_leaves_the_loop_leaves_no_connection_behind(server: Server) -> None:
    async with AsyncComserv(server.url, api_key=server.credential().secret) as client:
        await client.documents.create(title="One")
        for _ in range(3):
            async for _event in client.events.stream(after=0):
                server.streams(1)
                break
            # Meanwhile an event loop ends what was left.
            await client.health.live()
            server.streams(0)


async def test_a_server_that_does_not_come_back_ends_the_stream_after_the_retries_that_the_caller_allows(
    rig: Rig,
) -> None:
    product = rig.process()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with AsyncComserv(product.url, api_key=product.secret, sleep=sleep) as client:
        await client.documents.create(title="Last")
        with pytest.raises(comserv.ConnectionError):
            async for _event in client.events.stream(types=["document.created"], after=0, max_retries=2):
                product.kill()
    assert len(waited) == 2


async def test_a_stream_whose_key_is_revoked_ends_with_the_reason(server: Server) -> None:
    async def sleep(seconds: float) -> None:
        pass

    key = server.credential("read")
    async with (
        AsyncComserv(server.url, api_key=server.credential().secret) as client,
        AsyncComserv(server.url, api_key=key.secret, sleep=sleep) as reader,
    ):
        await client.documents.create(title="Before the end")
        with pytest.raises(comserv.AuthenticationFailedError):
            async for _event in reader.events.stream(types=["document.created"], after=0):
                await client.credentials.delete(key.id)
