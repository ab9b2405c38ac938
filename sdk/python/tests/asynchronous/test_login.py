from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pauses import async_at_once
from rig import Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv, DeviceCode

TOKEN = "/api/v1/oauth/token"


async def native(server: Server) -> str:
    """The client id of a new application."""
    async with AsyncComserv(server.url, api_key=server.credential().secret) as admin:
        made = await admin.applications.create(
            name="Archive tool", kind="native", redirect_uris=[], scopes=["documents:read"]
        )
    return made.client_id


async def login(
    server: Server, client_id: str, show: Callable[[DeviceCode], object], **more: Any
) -> tuple[AsyncComserv, list[float]]:
    """A program whose time is that of the server, and how long it waited."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        server.advance(seconds)

    client = await AsyncComserv.login(
        server.url,
        client_id=client_id,
        scope="openid profile documents:read",
        show=show,
        now=server.now,
        sleep=sleep,
        **more,
    )
    return client, waits


async def test_a_person_enters_the_code_and_the_client_acts_for_them_for_longer_than_a_token_lives(
    server: Server, traffic: Traffic
) -> None:
    person = server.person("editor")
    shown: list[DeviceCode] = []

    def show(code: DeviceCode) -> None:
        shown.append(code)
        server.press_device(person, code.user_code)

    client, waits = await login(
        server, await native(server), show, http_client=lambda: traffic.async_client()
    )
    assert waits == [5]
    assert shown[0].verification_uri == f"{server.url}/device"
    assert shown[0].verification_uri_complete == f"{server.url}/device?user_code={shown[0].user_code}"
    assert (await client.oauth.user_info()).preferred_username == person.username
    before = len(traffic.of(TOKEN))
    server.advance(2 * 3600)
    await async_at_once(20, lambda: client.documents.list())
    assert len(traffic.of(TOKEN)) == before + 1
    assert repr(client).endswith("authentication='person'>")
    await client.aclose()


async def test_signing_out_ends_the_access_at_the_server_and_forgets_the_token(server: Server) -> None:
    person = server.person("editor")
    client_id = await native(server)
    saved: list[str | None] = []

    def show(code: DeviceCode) -> None:
        server.press_device(person, code.user_code)

    client, _ = await login(server, client_id, show, save_refresh_token=saved.append)
    async with client:
        await client.documents.list()
        token = saved[-1]
        await client.sign_out()
        assert saved[-1] is None
        with pytest.raises(comserv.ConfigurationError, match="has signed out of this client"):
            await client.documents.list()
        await client.sign_out()
    async with AsyncComserv(server.url, client_id=client_id, refresh_token=token) as other:
        with pytest.raises(comserv.InvalidRequestError, match="The refresh token is not known"):
            await other.documents.list()
    async with AsyncComserv(server.url, api_key=server.credential().secret) as machine:
        with pytest.raises(comserv.ConfigurationError, match="that a person signed in to can sign out"):
            await machine.sign_out()


async def test_what_is_saved_signs_in_again_without_a_code_until_the_person_ends_it(server: Server) -> None:
    person = server.person("editor")
    client_id = await native(server)
    saved: list[str] = []
    asked: list[str] = []

    def show(code: DeviceCode) -> None:
        asked.append(code.user_code)
        server.press_device(person, code.user_code)

    def load() -> str | None:
        return saved[-1] if saved else None

    stores: dict[str, Any] = {"load_refresh_token": load, "save_refresh_token": saved.append}
    first, _ = await login(server, client_id, show, **stores)
    await first.documents.list()
    again, _ = await login(server, client_id, show, **stores)
    await again.documents.list()
    assert len(asked) == 1
    assert len(set(saved)) == len(saved) > 2
    await again.oauth.revoke_token(saved[-1])
    with pytest.raises(comserv.InvalidRequestError, match="The refresh token is not known"):
        await again.documents.list()
    third, _ = await login(server, client_id, show, **stores)
    assert len(asked) == 2
    for client in (first, again, third):
        await client.aclose()


async def test_a_token_that_could_not_be_saved_is_not_lost(server: Server) -> None:
    person = server.person("editor")
    saved: list[str] = []
    fails = False

    def save(token: str) -> None:
        if fails:
            raise OSError("The disk is full.")
        saved.append(token)

    client, _ = await login(
        server,
        await native(server),
        lambda code: server.press_device(person, code.user_code),
        save_refresh_token=save,
    )
    fails = True
    with pytest.raises(OSError, match="The disk is full"):
        await client.documents.list()
    fails = False
    await client.documents.list()
    assert len(saved) == 2
    await client.aclose()


async def test_the_person_may_refuse_or_never_come(server: Server) -> None:
    person = server.person("editor")
    client_id = await native(server)
    with pytest.raises(comserv.InvalidRequestError, match="access_denied: The person did not allow it"):
        await login(server, client_id, lambda code: server.press_device(person, code.user_code, "deny"))
    began = server.now()
    with pytest.raises(comserv.InvalidRequestError, match="expired_token"):
        await login(server, client_id, lambda code: None)
    assert server.now() - began == 600


async def test_wrong_arguments_are_named_before_anything_is_sent() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"client_id": "", "scope": "read"}, "client_id"),
        ({"client_id": "cs_app_1", "scope": ""}, "scope"),
        ({"client_id": "cs_app_1", "scope": "read", "save_refresh_token": "file"}, "save_refresh_token"),
    ]
    for given, name in wrong:
        with pytest.raises(comserv.ConfigurationError, match=name):
            await AsyncComserv.login("http://127.0.0.1:9", **given)
