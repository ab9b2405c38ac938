"""What the Python client costs beside bare httpx: the same calls to the same started server, in rounds that alternate.

    sdk/python/.venv/bin/python bench/client-python.py
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[1] / "sdk/python" / folder) for folder in ("src", "tests")]

import httpx  # noqa: E402
from rig import Rig  # noqa: E402

from comserv import AsyncComserv, Comserv  # noqa: E402

ROUNDS = 15
CALLS_A_ROUND = 60
GOAL = 1.15


class Cost(NamedTuple):
    """Of one call, in microseconds."""

    wall: float
    processor: float


def measured(call: Callable[[], object]) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(CALLS_A_ROUND):
        call()
    return Cost(
        (time.perf_counter() - wall) / CALLS_A_ROUND * 1e6, (time.process_time() - processor) / CALLS_A_ROUND * 1e6
    )


async def async_measured(call: Callable[[], Awaitable[object]]) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(CALLS_A_ROUND):
        await call()
    return Cost(
        (time.perf_counter() - wall) / CALLS_A_ROUND * 1e6, (time.process_time() - processor) / CALLS_A_ROUND * 1e6
    )


def report(name: str, pairs: list[tuple[Cost, Cost]]) -> None:
    ratios = [
        statistics.median(getattr(ours, kind) / getattr(bare, kind) for ours, bare in pairs)
        for kind in Cost._fields
    ]
    ours, bare = (statistics.median(pair[i].wall for pair in pairs) for i in (0, 1))
    met = "yes" if ratios[0] <= GOAL else "NO"
    print(f"{name:24} {ratios[0]:.3f}  met: {met:4} processor {ratios[1]:.3f}  {ours:.0f} of {bare:.0f} us a call")


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
                lambda: bare.post(documents, json=sent).raise_for_status().json(),
            ),
        ):
            measured(ours), measured(theirs)
            report(name, [(measured(ours), measured(theirs)) for _ in range(ROUNDS)])


async def waiting(url: str, key: str, user_id: int) -> None:
    async with (
        AsyncComserv(url, api_key=key) as client,
        httpx.AsyncClient(headers={"x-api-key": key}) as bare,
    ):

        async def theirs() -> object:
            return (await bare.get(f"{url}/api/v1/users/{user_id}")).raise_for_status().json()

        def ours() -> Awaitable[object]:
            return client.users.get(user_id)

        await async_measured(ours), await async_measured(theirs)
        pairs = [(await async_measured(ours), await async_measured(theirs)) for _ in range(ROUNDS)]
        report("one user, asyncio", pairs)


def main() -> None:
    rig = Rig()
    server = rig.process(COMSERV_RATE_LIMIT_STANDARD="1000000000")
    with Comserv(server.url, api_key=server.secret) as client:
        for n in range(30):
            user = client.users.create(
                username=f"user{n}", email=f"user{n}@example.org", password="a long enough password"
            )
    print(f"{'call':24} beside bare httpx, goal {GOAL}; medians of {ROUNDS} rounds of {CALLS_A_ROUND} calls")
    blocking(server.url, server.secret, user.id)
    asyncio.run(waiting(server.url, server.secret, user.id))
    rig.close()


main()
