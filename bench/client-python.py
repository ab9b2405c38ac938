"""The Python client beside httpx, as bench/clients.ts asks for it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "sdk/python/src"))

import httpx

from comserv import AsyncComserv, Comserv

URL, KEY = os.environ["BENCH_URL"], os.environ["BENCH_KEY"]
ROUNDS, CALLS = int(os.environ["BENCH_ROUNDS"]), int(os.environ["BENCH_CALLS"])
WARM_UP_ROUNDS = 2
# Few, so that what else goes on in the machine meets both ways alike.
CALLS_IN_TURN = 10
DOCUMENTS = f"{URL}/api/v1/documents"
HEADERS = {"accept": "application/json", "x-api-key": KEY}
DOCUMENT = {"title": "Annual Report", "category": "bench"}

Way = Callable[[], object]
AsyncWay = Callable[[], Awaitable[object]]


def main() -> None:
    with Comserv(URL, api_key=KEY) as client, httpx.Client(headers=HEADERS) as bare:

        def created() -> object:
            headers = {"idempotency-key": secrets.token_hex(16)}
            return bare.post(DOCUMENTS, json=DOCUMENT, headers=headers).raise_for_status().json()

        kinds: dict[str, tuple[Way, Way]] = {
            "get": (
                lambda: bare.get(f"{DOCUMENTS}/1").raise_for_status().json(),
                lambda: client.documents.get(1).title,
            ),
            "list": (
                lambda: bare.get(DOCUMENTS, params={"limit": 20}).raise_for_status().json(),
                lambda: len(client.documents.list(limit=20).data),
            ),
            "create": (created, lambda: client.documents.create(title="Annual Report", category="bench").id),
        }
        for n in range(-WARM_UP_ROUNDS, ROUNDS):
            for call, (without, with_it) in kinds.items():
                costs = [(cost_of(without), cost_of(with_it)) for _ in range(CALLS // CALLS_IN_TURN)]
                tell(n, call, costs)


async def with_asyncio() -> None:
    async with AsyncComserv(URL, api_key=KEY) as client, httpx.AsyncClient(headers=HEADERS) as bare:

        async def without() -> object:
            return (await bare.get(f"{DOCUMENTS}/1")).raise_for_status().json()

        async def with_it() -> object:
            return (await client.documents.get(1)).title

        for n in range(-WARM_UP_ROUNDS, ROUNDS):
            costs = [
                (await async_cost_of(without), await async_cost_of(with_it))
                for _ in range(CALLS // CALLS_IN_TURN)
            ]
            tell(n, "get with asyncio", costs)


Cost = tuple[float, float]


def cost_of(way: Way) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(CALLS_IN_TURN):
        way()
    return time.perf_counter() - wall, time.process_time() - processor


async def async_cost_of(way: AsyncWay) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(CALLS_IN_TURN):
        await way()
    return time.perf_counter() - wall, time.process_time() - processor


def tell(n: int, call: str, costs: list[tuple[Cost, Cost]]) -> None:
    if n < 0:
        return
    calls = len(costs) * CALLS_IN_TURN
    figures = {
        f"{side}_{kind}": sum(cost[i][j] for cost in costs) / calls * 1_000
        for i, side in enumerate(("bare", "client"))
        for j, kind in enumerate(("ms", "processor_ms"))
    }
    print(json.dumps({"call": call, **figures}))


main()
asyncio.run(with_asyncio())
