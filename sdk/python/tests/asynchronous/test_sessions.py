from __future__ import annotations

from typing import Any

import pytest
from pauses import Pauses, async_at_once
from rig import Person, Rig, Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv

SESSION = "/api/v1/session"
DOCUMENTS = "/api/v1/documents"
HOUR = 3_600
COOKIES = ["__Host-comserv_session=abc; Path=/; Secure", "comserv_session=abc; Path=/"]
USER = {
    "id": 1,
    "username": "johndoe",
    "email": "johndoe@example.org",
    "role": "editor",
    "status": "active",
    "profile": {"first_name": None, "last_name": None, "phone": None, "bio": None},
    "created_at": "2026-01-15T08:30:00Z",
    "updated_at": "2026-01-15T08:30:00Z",
    "last_login": None,
}
REFUSAL = {"error": {"code": "permission_denied", "message": "m", "details": "d"}}
ENDED = {"error": {"code": "authentication_failed", "message": "m", "details": "d"}}


def session_of(csrf_token: str) -> dict[str, Any]:
    return {
        "id": 1,
        "user": USER,
        "scopes": ["documents:write"],
        "system_account_id": None,
        "csrf_token": csrf_token,
        "created_at": "2026-01-15T08:30:00Z",
        "expires_at": "2026-01-16T08:30:00Z",
    }


SIGNED_IN = {"status": 201, "headers": {"set-cookie": COOKIES}, "body": session_of("the-first-token")}


def client_of(server: Server, traffic: Traffic) -> AsyncComserv:
    return AsyncComserv(server.url, session=True, http_client=traffic.async_client())


async def signed_in(server: Server, traffic: Traffic, role: str = "admin") -> tuple[AsyncComserv, Person]:
    person = server.person(role)
    client = client_of(server, traffic)
    await client.session.sign_in(username=person.username, password=person.password)
    return client, person


async def test_after_signing_in_changes_carry_the_csrf_token_without_asking_for_it(
    server: Server, traffic: Traffic
) -> None:
    client, _ = await signed_in(server, traffic)
    document = await client.documents.create(title="By hand")
    await client.documents.delete(document.id)
    assert [(one.method, one.url.path, one.status) for one in traffic.seen] == [
        ("POST", SESSION, 201),
        ("POST", DOCUMENTS, 201),
        ("DELETE", f"{DOCUMENTS}/{document.id}", 204),
    ]
    assert {one.headers["x-csrf-token"] for one in traffic.seen[1:]} == {
        (await client.session.current()).csrf_token
    }


async def test_what_is_read_carries_the_cookie_alone_and_no_answer_shows_it(
    server: Server, traffic: Traffic
) -> None:
    client, person = await signed_in(server, traffic)
    me = await client.me.get()
    assert me.id == person.id
    asked = traffic.of("/api/v1/me")[0].headers
    assert "comserv_session=" in asked["cookie"]
    assert "x-csrf-token" not in asked
    assert "set-cookie" not in me.response.headers


async def test_a_change_refused_for_its_token_is_sent_once_more_with_the_one_that_current_answers(
    rig: Rig,
) -> None:
    strange = rig.strange(
        SIGNED_IN, {"status": 403, "body": REFUSAL}, {"body": session_of("another-token")}, {"status": 204}
    )
    async with AsyncComserv(strange.url, session=True) as client:
        await client.session.sign_in(username="johndoe", password="a long enough password")
        await client.documents.delete(1)
    requests = strange.requests()
    assert [(one["method"], one["headers"].get("x-csrf-token")) for one in requests] == [
        ("POST", None),
        ("DELETE", "the-first-token"),
        ("GET", None),
        ("DELETE", "another-token"),
    ]
    cookie = "__Host-comserv_session=abc; comserv_session=abc"
    assert [one["headers"].get("cookie") for one in requests] == [None, cookie, cookie, cookie]


async def test_refused_again_with_the_new_token_it_is_not_sent_a_third_time(rig: Rig) -> None:
    refused = {"status": 403, "body": REFUSAL}
    strange = rig.strange(SIGNED_IN, refused, {"body": session_of("another-token")}, refused)
    async with AsyncComserv(strange.url, session=True) as client:
        await client.session.sign_in(username="johndoe", password="a long enough password")
        with pytest.raises(comserv.PermissionDeniedError):
            await client.documents.delete(1)
    assert [one["method"] for one in strange.requests()] == ["POST", "DELETE", "GET", "DELETE"]


async def test_the_token_is_asked_for_once_however_many_changes_wait_for_it(rig: Rig) -> None:
    strange = rig.strange(
        SIGNED_IN,
        {"status": 401, "body": ENDED},
        {"body": session_of("another-token"), "delay_ms": 500},
        {"status": 204},
    )
    async with AsyncComserv(strange.url, session=True) as client:
        await client.session.sign_in(username="johndoe", password="a long enough password")
        with pytest.raises(comserv.AuthenticationFailedError):
            await client.documents.delete(1)
        await async_at_once(5, lambda: client.documents.delete(1))
    requests = strange.requests()[2:]
    assert [one["method"] for one in requests] == ["GET"] + ["DELETE"] * 5
    assert {one["headers"]["x-csrf-token"] for one in requests[1:]} == {"another-token"}


async def test_what_the_role_does_not_allow_stays_refused_without_a_second_attempt(
    server: Server, traffic: Traffic
) -> None:
    client, _ = await signed_in(server, traffic, "normal")
    with pytest.raises(comserv.PermissionDeniedError):
        await client.documents.create(title="Not mine to write")
    assert [one.status for one in traffic.of(DOCUMENTS)] == [403]


async def test_signed_out_calls_end_in_authentication_failed_error_and_signing_in_again_works(
    server: Server, traffic: Traffic
) -> None:
    client, person = await signed_in(server, traffic)
    await client.session.sign_out()
    with pytest.raises(comserv.AuthenticationFailedError):
        await client.session.current()
    with pytest.raises(comserv.AuthenticationFailedError):
        await client.documents.create(title="Too late")
    assert traffic.of(DOCUMENTS) == []
    assert "comserv_" not in traffic.seen[-1].headers.get("cookie", "")
    await client.session.sign_in(username=person.username, password=person.password)
    assert (await client.documents.create(title="Back")).title == "Back"


async def test_signed_out_the_cookie_is_forgotten_although_nobody_takes_it_back(rig: Rig) -> None:
    strange = rig.strange(SIGNED_IN, {"status": 204}, {"status": 401, "body": ENDED})
    async with AsyncComserv(strange.url, session=True) as client:
        await client.session.sign_in(username="johndoe", password="a long enough password")
        await client.session.sign_out()
        with pytest.raises(comserv.AuthenticationFailedError):
            await client.documents.delete(1)
    requests = strange.requests()
    assert [one["method"] for one in requests] == ["POST", "DELETE", "GET"]
    assert [one["headers"].get("cookie") is None for one in requests] == [True, False, True]


async def test_a_session_that_was_ended_elsewhere_ends_in_authentication_failed_error(
    server: Server, traffic: Traffic
) -> None:
    client, person = await signed_in(server, traffic)
    other = client_of(server, traffic)
    await other.session.sign_in(username=person.username, password=person.password)
    ended = next(one.id for one in (await other.me.sessions()).data if not one.current)
    await other.me.end_session(ended)
    with pytest.raises(comserv.AuthenticationFailedError, match="sign in again"):
        await client.documents.create(title="Too late")
    assert [one.status for one in traffic.of(DOCUMENTS)] == [401]
    await client.session.sign_in(username=person.username, password=person.password)
    assert (await client.documents.create(title="Back")).title == "Back"


async def test_so_does_one_that_is_too_old_and_one_that_its_own_client_ends(
    rig: Rig, traffic: Traffic
) -> None:
    server = rig.server()
    client, person = await signed_in(server, traffic)
    server.advance(24 * HOUR)
    with pytest.raises(comserv.AuthenticationFailedError, match="sign in again"):
        await client.me.update(profile={"bio": "Too late."})
    session = await client.session.sign_in(username=person.username, password=person.password)
    await client.me.end_session(session.id)
    with pytest.raises(comserv.AuthenticationFailedError):
        await client.me.get()
    assert "comserv_" not in traffic.seen[-1].headers.get("cookie", "")


async def test_signing_in_again_ends_the_session_before(server: Server, traffic: Traffic) -> None:
    client, person = await signed_in(server, traffic)
    session = await client.session.sign_in(username=person.username, password=person.password)
    assert [one.id for one in (await client.me.sessions()).data] == [session.id]


async def test_a_wrong_password_is_answered_at_once(server: Server, traffic: Traffic) -> None:
    client = client_of(server, traffic)
    with pytest.raises(comserv.AuthenticationFailedError):
        await client.session.sign_in(username="nobody", password="wrong password")
    assert [one.status for one in traffic.seen] == [401]


async def test_too_many_attempts_to_sign_in_are_told_at_once_and_not_waited_for(rig: Rig) -> None:
    strict = rig.server(COMSERV_RATE_LIMIT_SIGN_IN="1")
    pauses = Pauses(strict)
    async with AsyncComserv(strict.url, session=True, sleep=pauses.async_sleep) as client:
        with pytest.raises(comserv.AuthenticationFailedError):
            await client.session.sign_in(username="x", password="wrong password")
        with pytest.raises(comserv.RateLimitExceededError) as raised:
            await client.session.sign_in(username="x", password="wrong password")
    assert raised.value.retry_after_seconds == 60
    assert pauses.waited == []


async def test_signing_in_and_setting_up_are_sent_once_when_the_answer_fails_unless_told_otherwise(
    rig: Rig,
) -> None:
    strange = rig.strange({"status": 503}, {"status": 503}, {"status": 503}, SIGNED_IN)
    pauses = Pauses()
    async with AsyncComserv(strange.url, session=True, sleep=pauses.async_sleep) as client:
        with pytest.raises(comserv.ServiceUnavailableError):
            await client.session.sign_in(username="johndoe", password="a long enough password")
        with pytest.raises(comserv.ServiceUnavailableError):
            await client.setup.create(username="root", email="root@example.org", password="p", token="t")
        assert (len(strange.requests()), pauses.waited) == (2, [])
        await client.session.sign_in(username="johndoe", password="a long enough password", max_retries=1)
    assert len(strange.requests()) == 4


async def test_clients_that_share_an_httpx_client_do_not_share_a_session(
    server: Server, traffic: Traffic
) -> None:
    first, one = await signed_in(server, traffic, "editor")
    second, two = await signed_in(server, traffic, "editor")
    nobody = client_of(server, traffic)
    program = AsyncComserv(server.url, api_key=server.credential().secret, http_client=traffic.async_client())
    assert (await first.me.get()).id == one.id
    assert (await second.me.get()).id == two.id
    with pytest.raises(comserv.AuthenticationFailedError):
        await nobody.me.get()
    with pytest.raises(comserv.PermissionDeniedError, match="a credential is not a person"):
        await program.me.get()
    assert "comserv_" not in traffic.seen[-1].headers.get("cookie", "")
    assert list(traffic.async_client().cookies.jar) == []
    # A cookie that the httpx client was given is somebody else's session.
    traffic.async_client().cookies.set("comserv_session", "0" * 43, domain="127.0.0.1")
    assert (await first.me.get()).id == one.id
    assert "0" * 43 not in traffic.seen[-1].headers["cookie"]


async def test_cookies_that_are_not_of_the_session_are_kept_by_httpx(rig: Rig) -> None:
    balanced = {**SIGNED_IN, "headers": {"set-cookie": [*COOKIES, "balancer=two; Path=/"]}}
    strange = rig.strange(balanced, {"body": USER})
    async with AsyncComserv(strange.url, session=True) as client:
        await client.session.sign_in(username="johndoe", password="a long enough password")
        await client.me.get()
    cookie = strange.requests()[1]["headers"]["cookie"]
    assert cookie == "balancer=two; __Host-comserv_session=abc; comserv_session=abc"


async def test_a_client_with_credentials_does_not_sign_in(rig: Rig) -> None:
    strange = rig.strange(SIGNED_IN)
    async with AsyncComserv(strange.url, api_key="key") as client:
        with pytest.raises(comserv.ConfigurationError, match="session=True"):
            await client.session.sign_in(username="johndoe", password="a long enough password")
    assert strange.requests() == []
