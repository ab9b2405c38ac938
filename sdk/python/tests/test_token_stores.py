"""Processes that share a token."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import Server, root
from traffic import Traffic

from comserv import AsyncComserv, Comserv, ConfigurationError, FileTokenStore, TokenStore

TOKEN = "/api/v1/oauth/token"
USERS = "/api/v1/users"


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    written = Traffic()
    yield written
    written.close()


class Memory:
    def __init__(self) -> None:
        self.entries: dict[str, tuple[str, int]] = {}

    def get(self, name: str) -> str | None:
        return self.entries.get(name, (None, 0))[0]

    def set(self, name: str, entry: str, seconds: int) -> None:
        self.entries[name] = entry, seconds


class AsyncMemory:
    """As redis.asyncio has it: coroutines, and bytes."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        return self.entries.get(name)

    async def set(self, name: str, entry: str, seconds: int) -> bool:
        self.entries[name] = entry.encode()
        return True


def processes(server: Server, traffic: Traffic, store: TokenStore) -> Callable[[], Comserv]:
    """Clients of one credential, each of which stands for a process that starts."""
    _, client_id, secret = server.credential("read write")
    return lambda: Comserv(
        server.url,
        client_id=client_id,
        client_secret=secret,
        http_client=traffic.client(),
        now=server.now,
        token_store=store,
    )


def test_processes_share_a_token_until_it_is_time_to_renew_it(server: Server, traffic: Traffic) -> None:
    store = Memory()
    start = processes(server, traffic, store)
    for _ in range(5):
        start().users.list()
    assert len(traffic.of(TOKEN)) == 1
    assert [seconds for _, seconds in store.entries.values()] == [3_540]
    server.advance(3_539)
    start().users.list()
    assert len(traffic.of(TOKEN)) == 1
    server.advance(1)
    start().users.list()
    assert len(traffic.of(TOKEN)) == 2


def test_a_shared_token_that_was_revoked_is_replaced_once_for_all_processes(
    server: Server, traffic: Traffic
) -> None:
    start = processes(server, traffic, Memory())
    one, two = start(), start()
    one.users.list()
    two.users.list()
    one.oauth.revoke_token(traffic.of(USERS)[0].headers["authorization"].removeprefix("Bearer "))
    one.users.list()
    two.users.list()
    start().users.list()
    assert len(traffic.of(TOKEN)) == 2


async def test_the_client_for_asyncio_shares_with_coroutines_as_well(
    server: Server, traffic: Traffic
) -> None:
    _, client_id, secret = server.credential("read write")
    for store in (AsyncMemory(), Memory()):
        before = len(traffic.of(TOKEN))
        for _ in range(3):
            client = AsyncComserv(
                server.url,
                client_id=client_id,
                client_secret=secret,
                http_client=traffic.async_client(),
                now=server.now,
                token_store=store,
            )
            await client.users.list()
        assert len(traffic.of(TOKEN)) == before + 1
    await traffic.async_close()


def test_a_store_that_fails_or_holds_anything_else_is_passed_over(server: Server, traffic: Traffic) -> None:
    class Fails:
        def get(self, name: str) -> object:
            raise RuntimeError("The cache is down.")

        def set(self, name: str, entry: str, seconds: int) -> object:
            raise RuntimeError("The cache is down.")

    class Holds:
        def __init__(self, found: object) -> None:
            self.found = found

        def get(self, name: str) -> object:
            return self.found

        def set(self, name: str, entry: str, seconds: int) -> object:
            return None

    others: list[object] = [None, 7, "", "garbage", b"\xff", []]
    stores: list[TokenStore] = [Fails(), *(Holds(found) for found in others)]
    for count, store in enumerate(stores, 1):
        client = processes(server, traffic, store)()
        client.users.list()
        client.users.list()
        assert len(traffic.of(TOKEN)) == count
    wrong: Any
    for wrong in ("redis", object()):
        with pytest.raises(ConfigurationError, match="token_store must be"):
            Comserv(server.url, client_id="a", client_secret="b", token_store=wrong)


@pytest.mark.parametrize("folder", [None, 5, b"folder", "", True, ["folder"], "/nowhere\0"])
def test_a_folder_for_tokens_that_is_none_is_refused(folder: Any) -> None:
    with pytest.raises(ConfigurationError, match="The folder for tokens"):
        FileTokenStore(folder)


def test_the_blocking_client_refuses_a_store_of_coroutines(server: Server, traffic: Traffic) -> None:
    class Returns:
        """As redis.asyncio has it: plain methods that return a coroutine."""

        def __init__(self) -> None:
            self.memory = AsyncMemory()

        def get(self, name: str) -> object:
            return self.memory.get(name)

        def set(self, name: str, entry: str, seconds: int) -> object:
            return self.memory.set(name, entry, seconds)

    class SetsOnly(Memory):
        def set(self, name: str, entry: str, seconds: int) -> Any:
            return AsyncMemory().set(name, entry, seconds)

    with pytest.raises(ConfigurationError, match="for AsyncComserv"):
        processes(server, traffic, AsyncMemory())()
    store: TokenStore
    for store in (Returns(), SetsOnly()):
        client = processes(server, traffic, store)()
        with pytest.raises(ConfigurationError, match="for AsyncComserv"):
            client.users.list()
    assert traffic.of(USERS) == []


PROGRAM = """
import os
import httpx
from comserv import Comserv, FileTokenStore

fetched = []
hooks = {"request": [lambda request: fetched.append(request.url.path)]}
comserv = Comserv(
    os.environ["BASE"],
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    token_store=FileTokenStore(os.environ["FOLDER"]),
    http_client=httpx.Client(event_hooks=hooks),
)
comserv.users.list()
print(fetched.count("/api/v1/oauth/token"))
"""


def test_two_processes_of_the_system_share_a_token_by_files(server: Server, tmp_path: Path) -> None:
    _, client_id, secret = server.credential("read write")
    server.present()
    folder = tmp_path / "a" / "folder"
    environment = {
        **os.environ,
        "PYTHONPATH": str(root / "sdk/python/src"),
        "BASE": server.url,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": secret,
        "FOLDER": str(folder),
    }
    fetched = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for _ in range(2)
    ]
    assert fetched == ["1\n", "0\n"]
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text()
    with pytest.raises(ConfigurationError, match="cannot be made"):
        FileTokenStore(file / "below")
