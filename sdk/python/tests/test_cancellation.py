"""A task that is cancelled lets go of everything; the others go on."""

from __future__ import annotations

import asyncio

import pytest
from rig import Rig, Server

import comserv
from comserv import AsyncComserv


async def test_a_cancelled_call_ends_at_once_while_it_waits_for_its_answer_and_for_the_next_attempt(
    rig: Rig,
) -> None:
    hanging = rig.strange({"hang": True})
    resting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        assert seconds == 50
        resting.set()
        await asyncio.sleep(seconds)

    async with AsyncComserv(hanging.url, api_key="key") as client:
        call = asyncio.create_task(client.users.get(1))
        while not await asyncio.to_thread(hanging.requests):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert len(hanging.requests()) == 1

    busy = rig.strange({"status": 429, "headers": {"retry-after": "50"}})
    async with AsyncComserv(busy.url, api_key="key", sleep=sleep) as client:
        call = asyncio.create_task(client.users.get(1))
        await resting.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert len(busy.requests()) == 1


async def test_who_gives_up_waiting_for_the_token_does_not_take_it_from_the_others(server: Server) -> None:
    _, client_id, secret = server.credential("read")
    async with AsyncComserv(server.url, client_id=client_id, client_secret=secret) as client:

        async def first_page() -> int:
            return (await client.users.list()).meta.current_page

        calls = [asyncio.create_task(first_page()) for _ in range(10)]
        await asyncio.sleep(0)
        calls[0].cancel()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == [1] * 9


async def test_an_export_that_is_left_early_lets_go_of_its_connection(rig: Rig) -> None:
    line = '{"id":1,"username":"u","email":"e","role":"editor","status":"active",'
    line += '"created_at":"2026-01-15T08:30:00Z","last_login":null,'
    line += '"profile":{"first_name":null,"last_name":null,"phone":null,"bio":null}}\n'
    strange = rig.strange({"parts": [line], "pause_ms": 0, "hang": True})
    async with AsyncComserv(strange.url, api_key="key") as client:
        async for user in client.users.export():
            assert user.id == 1
            break


async def test_a_fetch_of_a_token_that_is_cancelled_does_not_bring_back_an_older_failure(rig: Rig) -> None:
    token = {"access_token": "of.a.token", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}
    users = {"data": [], "meta": {"current_page": 1, "total_pages": 1, "total_count": 0}}
    strange = rig.strange(
        {"status": 401, "body": {"error": "invalid_client"}}, {"hang": True}, {"body": token}, {"body": users}
    )
    async with AsyncComserv(strange.url, client_id="client", client_secret="secret") as client:

        async def count() -> int:
            return (await client.users.list()).meta.total_count

        with pytest.raises(comserv.AuthenticationFailedError):
            await count()
        fetching = asyncio.create_task(count())
        while len(await asyncio.to_thread(strange.requests)) < 2:
            await asyncio.sleep(0)
        waiting = asyncio.create_task(count())
        await asyncio.sleep(0)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert await waiting == 0
