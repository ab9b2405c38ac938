"""Whatever httpx, the event loop, sockets, TLS or codecs raise: a caller sees errors of this package alone."""

from __future__ import annotations

import copy
import pickle
import socket
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rig import Rig, Server

from comserv import (
    ApiError,
    AsyncComserv,
    Comserv,
    ComservError,
    ConfigurationError,
    ConnectionError,
    TimeoutError,
)
from comserv._received import error_for

URL = "https://comserv.example.org"
user = {"id": 1, "username": "ada", "email": "ada@example.org", "role": "normal", "status": "active"}
user |= {"created_at": "2026-01-15T08:30:00Z", "last_login": None}


@pytest.mark.parametrize(
    "url",
    [
        "http://exa mple.org",
        "http://exa\nmple.org",
        "http://example..org",
        f"http://{'a' * 64}.example.org",
        "http://☃️.\u200b.example.org",
        "http://[::1",
        "http://[1::2::3]:80",
        "http://example.org:99999",
        "http://example.org:0",
        "http://example.org\\@elsewhere.example.org",
        "http://\ud800.example.org",
        b"http://example.org",
        7,
    ],
)
@pytest.mark.parametrize("kind", [Comserv, AsyncComserv])
def test_an_address_that_leads_nowhere_is_refused(kind: Any, url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be the address"):
        kind(url, api_key="key")


def test_names_of_other_scripts_and_addresses_are_taken() -> None:
    for given, shown in {
        "https://bücher.example.org": "https://xn--bcher-kva.example.org",
        " https://comserv.example.org/ \n": URL,
        "http://[::1]:3000": "http://[::1]:3000",
        "http://my_host.internal.": "http://my_host.internal.",
    }.items():
        with Comserv(given, api_key="key") as client:
            assert client.base_url == shown


@pytest.mark.parametrize("scope", [["read"], "read\n", "lésen", 7])
def test_a_scope_that_is_no_list_of_names_is_refused(scope: Any) -> None:
    with pytest.raises(ConfigurationError, match="scope must be a string"):
        Comserv(URL, client_id="id", client_secret="secret", scope=scope)


def itself() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def nested() -> Any:
    made: Any = "innermost"
    for _ in range(100_000):
        made = [made]
    return made


@pytest.mark.parametrize(
    "value", ["half \ud800", float("nan"), float("inf"), {("a",): 1}, itself(), nested(), b"bytes", object()]
)
async def test_what_json_cannot_hold_is_refused_before_anything_is_sent(rig: Rig, value: Any) -> None:
    strange = rig.strange({"body": {}})
    with Comserv(strange.url, api_key="key") as client, pytest.raises(ConfigurationError, match="as JSON"):
        client.documents.create(title="A title", content=value)
    async with AsyncComserv(strange.url, api_key="key") as waiting:
        with pytest.raises(ConfigurationError, match="as JSON"):
            await waiting.documents.create(title="A title", content=value)
    assert strange.requests() == []


def test_half_a_surrogate_pair_is_refused_wherever_it_stands() -> None:
    with Comserv(URL, api_key="key") as client, pytest.raises(ConfigurationError, match="surrogate pair"):
        client.documents.list(category="\ud800")
    with Comserv(URL, api_key="key") as client, pytest.raises(ConfigurationError) as raised:
        client.session.sign_in(username="ada", password="hidden-password\ud800")
    assert "hidden-password" not in "".join(str(one) for one in chain_of(raised.value))


def chain_of(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *chain_of(error.__cause__ or error.__context__)]


def test_a_timeout_of_any_length_is_taken(rig: Rig) -> None:
    strange = rig.strange({"body": {"status": "ok"}})
    for timeout in (1e-9, 1e10, 1e300, 10**400):
        with Comserv(strange.url, api_key="key", timeout=timeout, max_retries=0) as client:
            if timeout < 1:
                with pytest.raises(TimeoutError):
                    client.health.live()
            else:
                assert client.health.live().status == "ok"


async def test_a_certificate_that_nobody_trusts_and_a_server_without_tls(rig: Rig, server: Server) -> None:
    front = rig.tls(server.url)
    plain = server.url.replace("http:", "https:")
    for url, advice in {front.url: "set SSL_CERT_FILE", plain: "not speak TLS .* Is it http://"}.items():
        with (
            Comserv(url, api_key="key", max_retries=0) as client,
            pytest.raises(ConnectionError, match=advice),
        ):
            client.users.get(1)
        async with AsyncComserv(url, api_key="key", max_retries=0) as waiting:
            with pytest.raises(ConnectionError, match=advice):
                await waiting.users.get(1)
            with pytest.raises(ConnectionError, match=advice):
                async for _ in waiting.users.export():
                    pass


def test_a_proxy_that_wants_a_password_is_named_as_such(rig: Rig) -> None:
    strange = rig.strange({"status": 407})
    with (
        Comserv(strange.url, api_key="key") as client,
        pytest.raises(ApiError, match="user name and password"),
    ):
        client.users.get(1)
    for cause in (httpx.ProxyError("407 Proxy Authentication Required"), OSError("a reason\nof two lines\n")):
        message = str(error_for(cause, 1))
        assert "\n" not in message
        assert message == message.strip()


errors: list[Callable[[], Exception]] = [
    lambda: RuntimeError("Event loop is closed"),
    lambda: ssl.SSLError(1, "[SSL] a record that is broken"),
    lambda: socket.gaierror(-2, "Name or service not known"),
    lambda: UnicodeError("label too long"),
    lambda: OverflowError("timestamp too large"),
    lambda: httpx.InvalidURL("Invalid IDNA hostname"),
    lambda: httpx.StreamClosed(),
    lambda: httpx.HTTPStatusError(
        "404",
        request=httpx.Request("GET", URL, headers={"x-api-key": "cs_live_hidden"}),
        response=httpx.Response(404),
    ),
]


@pytest.mark.parametrize("error", errors)
async def test_an_error_of_what_lies_beneath_ends_as_one_of_ours(
    rig: Rig, error: Callable[[], Exception]
) -> None:
    strange = rig.strange({"body": user})

    def fail(response: httpx.Response) -> None:
        raise error()

    async def async_fail(response: httpx.Response) -> None:
        raise error()

    failing = httpx.Client(event_hooks={"response": [fail]})
    async_failing = httpx.AsyncClient(event_hooks={"response": [async_fail]})
    with failing:
        client = Comserv(strange.url, api_key="cs_live_hidden", max_retries=0, http_client=failing)
        for call in (
            lambda: client.users.get(1),
            lambda: list(client.users.list()),
            lambda: list(client.users.export()),
        ):
            with pytest.raises(ConnectionError, match="No response arrived") as raised:
                call()
            assert "cs_live_hidden" not in str([vars(one) for one in chain_of(raised.value)])
    async with async_failing:
        waiting = AsyncComserv(
            strange.url, api_key="cs_live_hidden", max_retries=0, http_client=async_failing
        )
        with pytest.raises(ConnectionError, match="No response arrived"):
            await waiting.users.get(1)
        with pytest.raises(ConnectionError, match="No response arrived"):
            [user async for user in waiting.users.export()]
    for closed in (failing, async_failing):
        assert closed.is_closed
    with pytest.raises(ConfigurationError, match="is closed"):
        client.users.get(1)
    with pytest.raises(ConfigurationError, match="is closed"):
        await waiting.users.get(1)


def test_responses_that_no_codec_can_read_are_errors_of_ours(rig: Rig) -> None:
    deep = "[" * 200_000
    headers = {"content-type": "application/json"}
    for reply in (
        {"body": deep, "headers": headers},
        {"body": f'{{"data":{deep}', "headers": headers},
        {"body": "9" * 10_000, "headers": headers},
        {"body": "not gzip", "headers": {**headers, "content-encoding": "gzip"}},
    ):
        strange = rig.strange(reply)
        with Comserv(strange.url, api_key="key", max_retries=0) as client:
            with pytest.raises(ComservError):
                client.users.get(1)
            with pytest.raises(ComservError):
                client.users.list()
            with pytest.raises(ComservError):
                list(client.users.export())


@pytest.mark.parametrize("kind", [Comserv, AsyncComserv])
def test_a_client_is_not_copied_and_the_error_is_ours(kind: Any) -> None:
    client = kind(URL, client_id="id", client_secret="cs_live_hidden")
    ways: list[tuple[Callable[[Any], object], Any]] = [
        (pickle.dumps, client),
        (copy.copy, client),
        (copy.deepcopy, client),
        (pickle.dumps, client.users),
        (copy.deepcopy, client.documents),
    ]
    for make, thing in ways:
        with pytest.raises(ConfigurationError, match="create a client in each process") as raised:
            make(thing)
        assert isinstance(raised.value, TypeError)


def test_an_export_in_another_format_is_refused() -> None:
    wrong: Any = ["xml", None, ["csv"]]
    with Comserv(URL, api_key="key") as client:
        for format in wrong:
            with pytest.raises(ConfigurationError, match="'ndjson' or 'csv'"):
                client.users.export().text(format)


def page(status: int, kind: str, body: str = "<h1>Sign in</h1>\n") -> dict[str, Any]:
    return {"status": status, "headers": {"content-type": kind}, "body": body}


@pytest.mark.parametrize(
    "reply",
    [
        page(200, "text/html"),
        page(200, "text/plain", ""),
        page(203, "text/html; charset=utf-8"),
        page(302, "text/html"),
        page(200, "application/json", "null"),
        page(200, "application/json", "[]"),
        {"status": 200, "headers": {"content-encoding": "compress"}, "body": "garbage"},
        {"headers": {"content-type": "text/html"}, "parts": ["<h1>"], "pause_ms": 0, "hang": True},
    ],
)
async def test_a_page_of_a_proxy_is_never_an_export_or_a_stream(rig: Rig, reply: dict[str, Any]) -> None:
    url = rig.strange(reply).url
    with Comserv(url, api_key="key", max_retries=0) as client:
        for call in (
            lambda: client.documents.export().text("csv"),
            lambda: list(client.documents.export()),
            lambda: list(client.events.stream()),
        ):
            with pytest.raises(ApiError) as caught:
                call()
            assert caught.value.code == "unexpected_answer"
    async with AsyncComserv(url, api_key="key", max_retries=0) as waiting:
        with pytest.raises(ApiError, match="not a response of the API"):
            await waiting.documents.export().text("csv")
        with pytest.raises(ApiError, match="not a response of the API"):
            [event async for event in waiting.events.stream()]


def test_a_stream_that_its_server_ends_is_an_error_once_no_attempt_to_reconnect_is_left(rig: Rig) -> None:
    strange = rig.strange({"headers": {"content-type": "text/event-stream"}, "body": ": nothing\n\n"})
    with (
        Comserv(strange.url, api_key="key") as client,
        pytest.raises(ConnectionError, match="ended the stream"),
    ):
        list(client.events.stream(max_retries=0))
    assert len(strange.requests()) == 1
