"""What the Python client costs beside bare httpx: the same calls to the same started server, in rounds that alternate.

sdk/python/.venv/bin/python bench/client-python.py
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[1] / "sdk/python" / folder) for folder in ("src", "tests")]

import httpx
from rig import Rig

from comserv import AsyncComserv, Comserv

ROUNDS = 120
CALLS_A_ROUND = 5
GOAL = 1.15


class Costs(NamedTuple):
    """Of each call, in microseconds."""

    wall: list[float]
    processor: list[float]


def measured(call: Callable[[], object], costs: Costs) -> None:
    for _ in range(CALLS_A_ROUND):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        costs.wall.append((time.perf_counter() - wall) * 1e6)
        costs.processor.append((time.process_time() - processor) * 1e6)


async def async_measured(call: Callable[[], Awaitable[object]], costs: Costs) -> None:
    for _ in range(CALLS_A_ROUND):
        wall, processor = time.perf_counter(), time.process_time()
        await call()
        costs.wall.append((time.perf_counter() - wall) * 1e6)
        costs.processor.append((time.process_time() - processor) * 1e6)


def report(name: str, ours: Costs, bare: Costs) -> None:
    """Medians of calls: whatever else the machine does strikes both, and single calls."""
    wall, processor = (statistics.median(a) / statistics.median(b) for a, b in zip(ours, bare, strict=True))
    met = "yes" if wall <= GOAL else "NO"
    times = f"{statistics.median(ours.wall):.0f} of {statistics.median(bare.wall):.0f} us a call"
    print(f"{name:24} {wall:.3f}  met: {met:4} by processor time {processor:.3f}  {times}")


def keyed() -> dict[str, str]:
    return {"idempotency-key": secrets.token_hex(16)}


def blocking(url: str, key: str, user_id: int) -> None:
    with Comserv(url, api_key=key) as client, httpx.Client(headers={"x-api-key": key}) as bare:
        users, documents = f"{url}/api/v1/users", f"{url}/api/v1/documents"
        sent = {"title": "Annual Report", "category": "reports"}
        for name, ours, theirs in (
            (
                "one user",
                lambda: client.users.get(user_id),
                lambda: bare.get(f"{users}/{user_id}").raise_for_status().json(),
            ),
            (
                "a page of 20 users",
                lambda: client.users.list(limit=20),
                lambda: bare.get(users, params={"limit": 20}).raise_for_status().json(),
            ),
            (
                "a new document",
                lambda: client.documents.create(title="Annual Report", category="reports"),
                # With a key as well: what the server does for it is not the client's cost.
                lambda: bare.post(documents, json=sent, headers=keyed()).raise_for_status().json(),
            ),
        ):
            costs = Costs([], []), Costs([], [])
            for _ in range(ROUNDS):
                measured(ours, costs[0])
                measured(theirs, costs[1])
            report(name, *costs)


async def waiting(url: str, key: str, user_id: int) -> None:
    async with (
        AsyncComserv(url, api_key=key) as client,
        httpx.AsyncClient(headers={"x-api-key": key}) as bare,
    ):

        async def theirs() -> object:
            return (await bare.get(f"{url}/api/v1/users/{user_id}")).raise_for_status().json()

        def ours() -> Awaitable[object]:
            return client.users.get(user_id)

        costs = Costs([], []), Costs([], [])
        for _ in range(ROUNDS):
            await async_measured(ours, costs[0])
            await async_measured(theirs, costs[1])
        report("one user, asyncio", *costs)


def main() -> None:
    rig = Rig()
    server = rig.process(COMSERV_RATE_LIMIT_STANDARD="1000000000")
    with Comserv(server.url, api_key=server.secret) as client:
        for n in range(30):
            user = client.users.create(
                username=f"user{n}", email=f"user{n}@example.org", password="a long enough password"
            )
    print(f"{'call':24} beside bare httpx, goal {GOAL}; {ROUNDS} rounds of {CALLS_A_ROUND} calls, in turn")
    blocking(server.url, server.secret, user.id)
    asyncio.run(waiting(server.url, server.secret, user.id))
    rig.close()


main()
