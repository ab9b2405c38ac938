from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from pauses import Pauses, async_at_once
from rig import Process, Rig, Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv


@pytest.fixture(scope="module")
def limited(rig: Rig) -> Server:
    return rig.server(COMSERV_RATE_LIMIT_STANDARD="5")


@pytest.fixture(scope="module")
def product(rig: Rig) -> Process:
    return rig.process()


def half() -> float:
    return 0.5


USER = {
    "id": 1,
    "username": "johndoe",
    "email": "johndoe@example.org",
    "role": "editor",
    "status": "active",
    "created_at": "2026-01-15T08:30:00Z",
    "last_login": None,
}


async def test_429_waits_exactly_as_long_as_retry_after_says_and_goes_on(limited: Server) -> None:
    pauses = Pauses(limited)
    async with AsyncComserv(
        limited.url, api_key=limited.credential("read").secret, sleep=pauses.async_sleep, now=limited.now
    ) as client:
        for _ in range(5):
            await client.documents.list()
        limited.advance(23)
        page = await client.documents.list()
    assert pauses.waited == [37]
    assert page.response.status == 200
    assert page.response.rate_limit is not None
    assert page.response.rate_limit.limit == 5
    assert page.response.rate_limit.remaining == 4


async def test_429_after_all_retries_is_a_rate_limit_exceeded_error_with_the_figures(limited: Server) -> None:
    async with AsyncComserv(
        limited.url, api_key=limited.credential("read").secret, max_retries=0, now=limited.now
    ) as client:
        for _ in range(5):
            await client.documents.list()
        with pytest.raises(comserv.RateLimitExceededError) as raised:
            await client.documents.list()
    error = raised.value
    assert (error.status, error.code, error.retry_after_seconds) == (429, "rate_limit_exceeded", 60)
    reset_at = datetime.fromtimestamp(limited.now() + 60, timezone.utc)
    assert error.rate_limit == comserv.RateLimit(limit=5, remaining=0, reset_at=reset_at)


async def test_a_post_whose_answers_are_lost_twice_is_answered_at_the_third_attempt_and_writes_one_row(
    rig: Rig, server: Server
) -> None:
    proxy = rig.proxy(server.url)
    pauses = Pauses(server)
    server.events()
    async with AsyncComserv(
        proxy.url, api_key=server.credential().secret, sleep=pauses.async_sleep, random=half
    ) as client:
        proxy.lose_answers(2)
        document = await client.documents.create(title="Written once")
        assert document.response.headers["idempotency-replayed"] == "true"
        assert pauses.waited == [0.75, 1.25]
        assert [one.id for one in (await client.documents.list(q="once")).data] == [document.id]
    assert server.events().count("document.created") == 1


async def test_a_post_of_which_no_answer_comes_back_at_all_is_a_connection_error_after_three_attempts(
    rig: Rig, server: Server
) -> None:
    proxy = rig.proxy(server.url)
    pauses = Pauses(server)
    async with AsyncComserv(
        proxy.url, api_key=server.credential().secret, sleep=pauses.async_sleep
    ) as client:
        proxy.lose_answers(3)
        with pytest.raises(comserv.ConnectionError, match=r"^No response arrived: ."):
            await client.documents.create(title="Nobody hears of it")
        assert len(pauses.waited) == 2
        count = (await client.documents.list(q="nobody hears")).meta.total_count
        assert count == 1
        await client.documents.delete((await client.documents.list(q="nobody hears")).data[0].id)


async def test_two_calls_of_create_write_two_rows_and_twenty_at_once_with_one_key_of_their_own_write_one(
    rig: Rig,
) -> None:
    server = rig.server()
    pauses = Pauses()
    async with AsyncComserv(
        server.url, api_key=server.credential().secret, max_retries=20, sleep=pauses.async_sleep
    ) as client:
        await client.documents.create(title="Twin")
        await client.documents.create(title="Twin")
        assert (await client.documents.list(q="twin")).meta.total_count == 2
        made = await async_at_once(
            20, lambda: client.documents.create(title="Single", idempotency_key="import-row-17")
        )
        assert len({document.id for document in made}) == 1
        assert (await client.documents.list(q="single")).meta.total_count == 1


async def test_503_is_retried_twice_and_no_more_and_each_attempt_carries_the_same_key(rig: Rig) -> None:
    body = {"error": {"code": "service_unavailable", "message": "m", "details": "d"}}
    strange = rig.strange({"status": 503, "body": body})
    pauses = Pauses()
    async with AsyncComserv(strange.url, api_key="key", sleep=pauses.async_sleep, random=half) as client:
        with pytest.raises(comserv.ServiceUnavailableError):
            await client.users.restore(1)
    assert pauses.waited == [0.75, 1.25]
    keys = [request["headers"]["idempotency-key"] for request in strange.requests()]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_400_is_not_retried_nor_is_anything_with_max_retries_0(server: Server) -> None:
    pauses = Pauses()
    async with AsyncComserv(
        server.url, api_key=server.credential().secret, sleep=pauses.async_sleep
    ) as client:
        with pytest.raises(comserv.InvalidRequestError):
            await client.users.list(limit=101)
    async with AsyncComserv("http://127.0.0.1:1", api_key="key", sleep=pauses.async_sleep) as nobody:
        with pytest.raises(comserv.ConnectionError, match=r"^No response arrived: .*(refused|failed)"):
            await nobody.health.live(max_retries=0)
    assert pauses.waited == []


async def test_an_answer_that_does_not_come_in_time_is_a_timeout_error_and_is_retried(rig: Rig) -> None:
    strange = rig.strange({"hang": True})
    pauses = Pauses()
    async with AsyncComserv(strange.url, api_key="key", timeout=0.05, sleep=pauses.async_sleep) as client:
        with pytest.raises(comserv.TimeoutError):
            await client.users.get(1)
        assert len(pauses.waited) == 2
        with pytest.raises(comserv.TimeoutError, match=r"^No complete response arrived within 0.02 s\.$"):
            await client.users.get(1, timeout=0.02, max_retries=0)


async def test_the_time_limit_holds_for_the_body_as_well_and_for_an_export_it_begins_anew_with_every_part(
    rig: Rig,
) -> None:
    line = '{"id":1,"username":"u","email":"e","role":"editor","status":"active",'
    line += '"created_at":"2026-01-15T08:30:00Z","last_login":null,'
    line += '"profile":{"first_name":null,"last_name":null,"phone":null,"bio":null}}\n'
    strange = rig.strange({"parts": [line] * 12, "pause_ms": 100})
    async with AsyncComserv(strange.url, api_key="key", timeout=0.8, max_retries=0) as client:
        with pytest.raises(comserv.TimeoutError):
            await client.users.get(1)
        rows = [user async for user in client.users.export()]
    assert len(rows) == 12


async def test_an_export_that_breaks_off_ends_with_an_error_and_not_as_if_it_were_complete(rig: Rig) -> None:
    cut = rig.strange({"body": '{"id":1}\n', "cut": True})
    async with AsyncComserv(cut.url, api_key="key", max_retries=0) as client:
        with pytest.raises(comserv.ConnectionError):
            await client.users.export().text("csv")
    half_a_line = rig.strange({"body": '{"id":1}\n{"id'})
    async with AsyncComserv(half_a_line.url, api_key="key", max_retries=0) as client:
        assert await client.users.export().text("ndjson") == '{"id":1}\n{"id'
        with pytest.raises(comserv.ConnectionError, match="does not have the format of the API"):
            [user async for user in client.users.export()]


async def test_an_export_that_stops_is_a_timeout_error(rig: Rig) -> None:
    strange = rig.strange({"parts": ["id,username\r\n"], "pause_ms": 0, "hang": True})
    async with AsyncComserv(strange.url, api_key="key", timeout=0.05, max_retries=0) as client:
        with pytest.raises(comserv.TimeoutError):
            await client.users.export().text("csv")


async def test_a_server_that_is_killed_in_the_middle_of_a_walk_and_started_again_loses_nothing(
    product: Process,
) -> None:
    async def sleep(seconds: float) -> None:
        product.restart()

    async with AsyncComserv(product.url, api_key=product.secret, sleep=sleep) as client:
        items: list[Any] = [
            {"action": "create", "data": {"title": f"Paper {n}", "category": "walk"}} for n in range(25)
        ]
        await client.documents.batch(items, atomic=True)
        titles = []
        async for document in await client.documents.list(limit=10, category="walk"):
            titles.append(document.title)
            if len(titles) == 10:
                product.kill()
        assert titles == [f"Paper {n}" for n in range(25)]
        for document in (await client.documents.list(limit=100, category="walk")).data:
            await client.documents.delete(document.id)


async def test_a_post_whose_server_is_killed_before_the_answer_writes_one_row(
    rig: Rig, product: Process
) -> None:
    proxy = rig.proxy(product.url)
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        product.kill()
        product.restart()

    async with AsyncComserv(proxy.url, api_key=product.secret, sleep=sleep) as client:
        proxy.lose_answers(1)
        made = await client.documents.create(title="Survivor", category="killed")
        assert len(waited) == 1
        found = (await client.documents.list(category="killed")).data
        assert [document.id for document in found] == [made.id]
        await client.documents.delete(made.id)


async def test_a_redirect_is_not_followed_so_that_the_key_goes_nowhere_else(rig: Rig) -> None:
    elsewhere = rig.strange({"body": {}})
    strange = rig.strange({"status": 302, "headers": {"location": f"{elsewhere.url}/"}})
    async with AsyncComserv(strange.url, api_key="key") as client:
        with pytest.raises(comserv.ApiError, match="does not follow") as raised:
            await client.users.get(1)
    assert raised.value.code == "unexpected_answer"
    assert elsewhere.requests() == []


async def test_what_another_server_answers_is_an_api_error_and_fields_of_a_newer_one_are_passed_over(
    rig: Rig,
) -> None:
    newer = {**USER, "profile": {"first_name": "J", "nickname": "jd"}, "badges": [1]}
    whole = {**newer, "profile": {"first_name": "J", "last_name": None, "phone": None, "bio": None, "x": 1}}
    strange = rig.strange({"body": "<html>"}, {"body": {"id": 1}}, {"body": newer}, {"body": whole})
    async with AsyncComserv(strange.url, api_key="key") as client:
        for details in ("not have the format", "lacks the field", "lacks the field 'last_name'"):
            with pytest.raises(comserv.ApiError, match=details) as raised:
                await client.users.get(1)
            assert raised.value.code == "unexpected_answer"
        user = await client.users.get(1)
    assert user.profile.first_name == "J"
    assert not hasattr(user, "badges")


async def test_a_client_that_is_closed_says_so_and_leaves_open_what_it_was_given(
    server: Server, traffic: Traffic
) -> None:
    key = server.credential().secret
    client = AsyncComserv(server.url, api_key=key)
    await client.aclose()
    with pytest.raises(comserv.ConfigurationError, match=r"^The client is closed\.$"):
        await client.users.list()
    http = traffic.async_client()
    async with AsyncComserv(server.url, api_key=key, http_client=http) as given:
        await given.users.list()
    assert not http.is_closed
