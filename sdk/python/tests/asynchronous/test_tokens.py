from __future__ import annotations

import pytest
from pauses import async_at_once
from rig import Rig, Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv

TOKEN = "/api/v1/oauth/token"
USERS = "/api/v1/users"


async def revoked(client: AsyncComserv, traffic: Traffic) -> str:
    """Revokes the token that the client has. What it sent as Authorization."""
    bearer = traffic.of(USERS)[0].headers["authorization"]
    await client.oauth.revoke_token(bearer.removeprefix("Bearer "))
    return bearer


def client_of(server: Server, traffic: Traffic, scope: str | None = None) -> AsyncComserv:
    _, client_id, secret = server.credential("read write")
    return AsyncComserv(
        server.url,
        client_id=client_id,
        client_secret=secret,
        scope=scope,
        http_client=traffic.async_client(),
        now=server.now,
    )


async def test_50_callers_at_once_fetch_one_token_and_so_do_50_calls_one_after_the_other(
    server: Server, traffic: Traffic
) -> None:
    client = client_of(server, traffic)
    await async_at_once(50, lambda: client.users.list())
    for _ in range(50):
        await client.users.list()
    assert len(traffic.of(TOKEN)) == 1
    assert len(traffic.of(USERS)) == 100
    assert {one.status for one in traffic.seen} == {200}


async def test_a_token_is_fetched_anew_60_s_before_it_expires_and_not_sooner(
    server: Server, traffic: Traffic
) -> None:
    client = client_of(server, traffic)
    await client.users.list()
    server.advance(3_539)
    await client.users.list()
    assert len(traffic.of(TOKEN)) == 1
    server.advance(1)
    await async_at_once(50, lambda: client.users.list())
    assert len(traffic.of(TOKEN)) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_in", None),
        ("expires_in", "3600"),
        ("expires_in", 0),
        ("expires_in", 1.5),
        ("token_type", "mac"),
        ("token_type", None),
        ("access_token", 5),
        ("access_token", ""),
        ("access_token", "kept-out\nx-evil: 1"),
    ],
)
async def test_a_token_response_that_breaks_the_contract_is_refused_by_name_and_never_shown(
    rig: Rig, field: str, value: object
) -> None:
    good = {"access_token": "kept-out", "token_type": "bearer", "expires_in": 3_600, "scope": "read"}
    strange = rig.strange({"body": {**good, field: value}})
    async with AsyncComserv(strange.url, client_id="id", client_secret="secret", max_retries=0) as client:
        with pytest.raises(comserv.ApiError, match=f"the field {field} should be") as raised:
            await client.users.get(1)
    assert "kept-out" not in str(raised.value)
    assert len(strange.requests()) == 1


async def test_a_token_that_was_revoked_is_replaced_after_the_401_once_for_all_who_met_it(
    server: Server, traffic: Traffic
) -> None:
    client = client_of(server, traffic)
    await client.users.list()
    bearer = await revoked(client, traffic)
    pages = await async_at_once(50, lambda: client.users.list())
    assert len(pages) == 50
    assert len(traffic.of(TOKEN)) == 2
    refused = [one for one in traffic.of(USERS) if one.status == 401]
    assert refused
    assert {one.headers["authorization"] for one in refused} == {bearer}


async def test_a_revoked_credential_ends_in_authentication_failed_error_after_one_401_and_one_refused_token(
    server: Server, traffic: Traffic
) -> None:
    id, client_id, secret = server.credential("read")
    client = AsyncComserv(
        server.url, client_id=client_id, client_secret=secret, http_client=traffic.async_client()
    )
    await client.users.list()
    async with AsyncComserv(server.url, api_key=server.credential().secret) as admin:
        await admin.credentials.delete(id)
    with pytest.raises(comserv.AuthenticationFailedError, match="revoked") as raised:
        await client.users.list()
    error = raised.value
    assert (error.status, error.code) == (401, "authentication_failed")
    assert error.message == "OAuth error: invalid_client"
    steps = [(one.url.path, one.status) for one in traffic.seen]
    assert steps == [(TOKEN, 200), (USERS, 200), (USERS, 401), (TOKEN, 401)]


async def test_a_401_with_new_credentials_is_not_tried_a_third_time(rig: Rig) -> None:
    token = {"access_token": "of.no.token", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}
    refusal = {"error": {"code": "authentication_failed", "message": "m", "details": "d"}}
    granted, refused = {"body": token}, {"status": 401, "body": refusal}
    other = {**token, "access_token": "of.another.token"}
    strange = rig.strange(granted, refused, {"body": other}, refused)
    async with AsyncComserv(strange.url, client_id="client", client_secret="secret") as client:
        with pytest.raises(comserv.AuthenticationFailedError):
            await client.users.list()
    urls = [request["url"] for request in strange.requests()]
    assert urls == [TOKEN, USERS, TOKEN, USERS]


async def test_a_wrong_secret_is_authentication_failed_error_and_a_refused_api_key_is_not_sent_again(
    server: Server, traffic: Traffic
) -> None:
    client_id = server.credential("read").client_id
    async with AsyncComserv(server.url, client_id=client_id, client_secret="cs_live_wrong") as wrong:
        with pytest.raises(comserv.AuthenticationFailedError):
            await wrong.users.list()
    key = AsyncComserv(server.url, api_key="cs_live_wrong", http_client=traffic.async_client())
    with pytest.raises(comserv.AuthenticationFailedError) as raised:
        await key.users.list()
    assert raised.value.details == "The API key is mistyped or incomplete."
    assert len(traffic.seen) == 1


async def test_who_waits_for_a_token_shares_the_failure_and_who_comes_later_fetches_anew(rig: Rig) -> None:
    token = {"access_token": "of.a.token", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}
    users = {"data": [], "meta": {"current_page": 1, "total_pages": 1, "total_count": 0}}
    strange = rig.strange(
        {"status": 401, "body": {"error": "invalid_client"}, "delay_ms": 1_000},
        {"body": token},
        {"body": users},
    )
    async with AsyncComserv(strange.url, client_id="client", client_secret="secret") as client:

        async def outcome() -> str:
            try:
                await client.users.list()
            except comserv.AuthenticationFailedError as error:
                return error.code
            return "done"

        assert set(await async_at_once(5, outcome)) == {"authentication_failed"}
        assert len(strange.requests()) == 1
        assert (await client.users.list()).meta.total_count == 0


async def test_scope_narrows_the_token_and_what_it_does_not_open_is_refused_by_name(
    server: Server, traffic: Traffic
) -> None:
    client = client_of(server, traffic, scope="documents:read")
    assert (await client.documents.list()).meta.total_count == 0
    with pytest.raises(comserv.PermissionDeniedError, match="users:read"):
        await client.users.list()
