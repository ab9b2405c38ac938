"""Every method, called with a wrong value for each of its arguments: the values and the methods are shared by all clients."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from rig import root

from comserv import AsyncComserv, ConfigurationError


class Something:
    pass


class Later:
    """As a coroutine that was not awaited."""

    def __await__(self) -> Iterator[None]:
        return iter(())


def _cases(file: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((root / "sdk/vectors" / file).read_text("utf-8"))["cases"]
    return cases


KINDS = {case["name"]: case for case in _cases("arguments.json")}
METHODS = _cases("methods.json")
SPECIAL = {
    "NaN": math.nan,
    "infinity": math.inf,
    "huge integer": 10**5000,
    "object": {},
    "function": print,
    "instance": Something(),
    "promise": Later(),
}
RIGHT: dict[str, Any] = {"id": 1, "text": "a", "file": "title\nx\n", "items": [], "formText": "a"}
POSITIONAL = tuple(RIGHT)


class Clients(NamedTuple):
    key: AsyncComserv
    session: AsyncComserv
    oauth: AsyncComserv
    requests: list[httpx.Request]


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"id": 1, "data": [], "meta": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http_client:
        common: dict[str, Any] = {"max_retries": 0, "http_client": http_client}
        url = "http://127.0.0.1"
        yield Clients(
            AsyncComserv(url, api_key="key", **common),
            AsyncComserv(url, session=True, **common),
            AsyncComserv(url, client_id="id", client_secret="secret", **common),
            requests,
        )


def _snake(name: str) -> str:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return "import_" if snake == "import" else snake.replace("o_auth", "oauth")


def _method(clients: Clients, case: dict[str, Any]) -> Any:
    group, name = case["name"].split(".")
    return getattr(getattr(getattr(clients, case["client"]), _snake(group)), _snake(name))


async def _called(clients: Clients, case: dict[str, Any], given: dict[str, Any]) -> None:
    placed = [
        given.get(one["name"], RIGHT[one["is"]]) for one in case["arguments"] if one["is"] in POSITIONAL
    ]
    names = {one["name"] for one in case["arguments"] if one["is"] in POSITIONAL}
    named = {name: value for name, value in given.items() if name not in names}
    made = _method(clients, case)(*placed, **named)
    if case["answer"] == "call":
        await made
    else:
        async for _ in made:
            return


def _wrong_arguments(case: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """The kind, the name and the value of each."""
    wrong = [
        (one["is"], one["name"], value)
        for one in case["arguments"]
        if one["is"] not in ("query", "fields", "optionalFields")
        for value in _values(one["is"])
    ]
    filters = [name for one in case["arguments"] for name in one.get("filters", [])]
    wrong += [("filter", name, value) for name in filters for value in _values("filter")]
    options = {"timeout": "timeout", "retries": "max_retries"}
    if case["takesIdempotencyKey"]:
        options["idempotencyKey"] = "idempotency_key"
    if case["takesIfMatch"]:
        options["ifMatch"] = "if_match"
    return wrong + [(kind, name, value) for kind, name in options.items() for value in _values(kind)]


def _values(kind: str) -> list[Any]:
    return [SPECIAL[one["a"]] if isinstance(one, dict) else one for one in KINDS[kind]["wrong"]]


@pytest.mark.parametrize("case", METHODS, ids=[case["name"] for case in METHODS])
async def test_wrong_arguments_are_refused_and_nothing_is_sent(
    clients: Clients, case: dict[str, Any]
) -> None:
    for kind, name, value in _wrong_arguments(case):
        with pytest.raises(ConfigurationError) as caught:
            await _called(clients, case, {name: value})
        message = str(caught.value)
        assert message.startswith(KINDS[kind]["expected"].replace("{name}", name)), (name, value, message)
        assert "\n" not in message
    assert clients.requests == []


async def test_every_method_of_the_client_is_in_the_table(clients: Clients) -> None:
    groups = {
        name: getattr(clients.key, name)
        for kind in type(clients.key).__mro__
        for name in getattr(kind, "__slots__", ())
        if not name.startswith("_") and name != "base_url"
    }
    own = {
        f"{group}.{name}"
        for group, methods in groups.items()
        for name, _ in inspect.getmembers(methods, callable)
        if not name.startswith("_")
    }
    assert own - {"hooks.verify", "webhooks.verify"} == {
        ".".join(_snake(part) for part in case["name"].split(".")) for case in METHODS
    }
