"""Neither secret nor token is shown by anything that prints values."""

from __future__ import annotations

import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rig import Credential, Person, Rig, Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv, Comserv, verify_webhook


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """Everything that anybody logs, httpx and httpcore included."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def printed(value: Any) -> str:
    """What a program might print of a value, at its most curious."""
    shown = [repr(value), str(value), f"{value}", pprint.pformat(value)]
    # vars() raises a TypeError for what has nothing that could be shown that way.
    shown.append(repr(getattr(value, "__dict__", None)))
    try:
        shown.append(json.dumps(value, default=lambda one: getattr(one, "__dict__", repr(one))))
    except (TypeError, ValueError) as error:
        shown.append(str(error))
    try:
        shown.append(repr(pickle.dumps(value)))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        shown.append(str(error))
    if isinstance(value, BaseException):
        # As the loggers do that show the variables of every frame.
        whole = traceback.TracebackException.from_exception(value, capture_locals=True)
        shown += whole.format()
    return "\n".join(shown)


def require_none(secrets: list[str], **values: Any) -> None:
    for secret in secrets:
        assert len(secret) > 10, "there is a secret to look for"
        for name, value in values.items():
            assert secret not in printed(value), f"{name} shows {secret[:8]}…"


def without_own_frame(error: BaseException) -> BaseException:
    """The first frame is that of the test, which has the secret in a variable of its own, as any program."""
    assert error.__traceback__ is not None
    return error.with_traceback(error.__traceback__.tb_next)


def made(base_url: str, who: Credential, **more: Any) -> Comserv:
    return Comserv(base_url, client_id=who.client_id, client_secret=who.secret, max_retries=0, **more)


def calls(client: Comserv, error: type[BaseException]) -> BaseException:
    """The error that a call of the client ends in. It has no secret in its own variables."""
    with pytest.raises(error) as raised:
        client.users.get(999)
    return raised.value


def test_neither_secret_nor_token_is_shown_by_the_client_its_parts_answers_or_errors(
    rig: Rig, server: Server, log: io.StringIO
) -> None:
    who = server.credential()
    traffic = Traffic()
    client = made(server.url, who, http_client=traffic.client())
    page = client.users.list()
    bearer = traffic.of("/api/v1/users")[0].headers["authorization"].removeprefix("Bearer ")
    hanging = rig.strange({"hang": True})
    parts = {name: getattr(client, name) for name in Comserv.__slots__}
    clients = {
        "slow": made(hanging.url, who, timeout=0.05),
        "refused": made("http://127.0.0.1:1", who),
        "cut": made(rig.strange({"body": "x", "cut": True}).url, who),
        "foreign": made(rig.strange({"body": "<html>"}).url, who),
        "wrong": made(server.url, who._replace(client_id="other")),
    }
    kinds: dict[str, type[BaseException]] = {
        "slow": comserv.TimeoutError,
        "refused": comserv.ConnectionError,
        "cut": comserv.ConnectionError,
        "foreign": comserv.ApiError,
        "wrong": comserv.AuthenticationFailedError,
    }
    errors = {name: calls(clients[name], kind) for name, kind in kinds.items()}
    require_none(
        [who.secret, bearer],
        client=client,
        page=page,
        response=page.response,
        export=client.users.export(),
        not_found=calls(client, comserv.ResourceNotFoundError),
        **parts,
        **errors,
    )
    assert isinstance(errors["slow"].__cause__, Exception)
    assert "HTTP Request: GET" in log.getvalue()
    assert who.secret not in log.getvalue()
    assert bearer not in log.getvalue()
    for one in clients.values():
        one.close()
    traffic.close()


async def test_nor_is_it_by_the_client_for_asyncio(rig: Rig, server: Server, log: io.StringIO) -> None:
    who = server.credential()
    hanging = rig.strange({"hang": True})
    errors = []
    for url, timeout in ((server.url, 30), (hanging.url, 0.05), ("http://127.0.0.1:1", 30)):
        async with AsyncComserv(url, api_key=who.secret, timeout=timeout, max_retries=0) as client:
            try:
                await client.users.get(999)
            except comserv.ComservError as error:
                errors.append(error)
            call = client.users.list()
            require_none([who.secret], client=client, users=client.users, call=call)
    require_none([who.secret], **{str(n): without_own_frame(error) for n, error in enumerate(errors)})
    assert len(errors) == 3
    assert who.secret not in log.getvalue()


def test_nor_is_an_api_key_not_even_one_that_no_header_can_carry(server: Server) -> None:
    who = server.credential("read")
    with (
        Comserv(server.url, api_key=who.secret) as client,
        pytest.raises(comserv.PermissionDeniedError) as no,
    ):
        client.users.delete(1)
    with pytest.raises(comserv.ConfigurationError) as broken:
        Comserv(server.url, api_key=f"{who.secret}\n")
    for raised in (no, broken):
        require_none([who.secret], error=without_own_frame(raised.value))


def test_what_is_shown_once_is_kept_out_of_what_is_printed(server: Server, rig: Rig) -> None:
    who = server.credential()
    with Comserv(server.url, client_id=who.client_id, client_secret=who.secret) as client:
        credential = client.credentials.create(name="Reports", scopes=["read"])
        webhook = client.webhooks.create(url=rig.receiver().url, events=["user.created"])
        token = client.oauth.create_token()
    for answer, secret in (
        (credential, credential.client_secret),
        (webhook, webhook.secret),
        (token, token.access_token),
    ):
        assert len(secret) > 10
        assert secret not in f"{answer} {answer!r} {pprint.pformat(answer)}"
        assert not hasattr(answer, "__dict__")


def test_nor_is_the_secret_of_a_webhook() -> None:
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_cut-off-in-the-middle"]
    for secret in secrets:
        with pytest.raises(comserv.WebhookVerificationError) as raised:
            verify_webhook(b"{}", {"webhook-signature": "v1,x", "webhook-id": "1"}, secret)
        require_none([secret], error=without_own_frame(raised.value))


def sign_in_error(url: str, person: Person, error: type[BaseException], timeout: float = 30) -> BaseException:
    with Comserv(url, session=True, timeout=timeout) as client, pytest.raises(error) as raised:
        client.session.sign_in(username=person.username, password=person.password)
    return without_own_frame(raised.value)


def test_nor_are_cookie_csrf_token_and_password_of_a_person(
    rig: Rig, server: Server, log: io.StringIO
) -> None:
    person = server.person()
    traffic = Traffic()
    client = Comserv(server.url, session=True, http_client=traffic.client())
    session = client.session.sign_in(username=person.username, password=person.password)
    document = client.documents.create(title="By hand")
    cookie = traffic.seen[-1].headers["cookie"].rpartition("=")[2]
    secrets = [person.password, cookie, str(session.csrf_token)]
    given = {"set-cookie": f"comserv_session={cookie}; Path=/"}
    errors = {
        "unknown": sign_in_error(
            server.url, person._replace(username="nobody"), comserv.AuthenticationFailedError
        ),
        "slow": sign_in_error(rig.strange({"hang": True}).url, person, comserv.TimeoutError, 0.05),
        "refused": sign_in_error("http://127.0.0.1:1", person, comserv.ConnectionError),
        "cut": sign_in_error(
            rig.strange({"status": 201, "headers": given, "body": "x", "cut": True}).url,
            person,
            comserv.ConnectionError,
        ),
        "incomplete": sign_in_error(
            rig.strange({"headers": given, "body": {"csrf_token": session.csrf_token}}).url,
            person,
            comserv.ApiError,
        ),
    }
    calls_that_fail: dict[str, Callable[[], object]] = {
        "not_found": lambda: client.documents.delete(999),
        "password": lambda: client.me.change_password(
            current_password="not mine", new_password=person.password
        ),
        "no_setup": lambda: client.setup.create(
            token=cookie, username="root", email="root@example.org", password=person.password
        ),
        "user": lambda: client.users.create(
            username=person.username, email=person.email, password=person.password
        ),
        "change": lambda: client.users.update(999, password=person.password),
        "batch": lambda: client.users.batch(
            [{"action": "update", "id": 999, "data": {"password": person.password}}], atomic=True
        ),
    }
    for name, call in calls_that_fail.items():
        with pytest.raises(comserv.ApiError) as raised:
            call()
        # Two of them are the program's: that of this test, and that of the lambda.
        errors[name] = without_own_frame(without_own_frame(raised.value))
    parts = {name: getattr(client, name) for name in Comserv.__slots__}
    answers = {"signed_in": session, "document": document, "response": session.response}
    require_none(secrets, client=client, page=client.me.sessions(), **answers, **parts, **errors)
    with pytest.raises(TypeError, match="Secrets, and clients that hold them, cannot be"):
        pickle.dumps(session)
    assert "receive_response_headers" in log.getvalue()
    assert "comserv_session=***" in log.getvalue()
    for secret in secrets:
        assert secret not in log.getvalue()
    traffic.close()


def test_nor_is_the_cookie_by_the_httpx_client_of_our_own(rig: Rig) -> None:
    cookie = "a-cookie-of-a-session"
    strange = rig.strange({"headers": {"set-cookie": f"comserv_session={cookie}; Path=/"}, "body": {}})
    jars: list[list[str]] = []
    with Comserv(strange.url, session=True) as client:
        own = client._connections.client()
        own.event_hooks["response"].append(lambda _: jars.append([one.name for one in own.cookies.jar]))
        for _ in range(2):
            with pytest.raises(comserv.ApiError):
                client.session.sign_in(username="johndoe", password="a long enough password")
        assert strange.requests()[1]["headers"]["cookie"] == f"comserv_session={cookie}"
        # Not even for the moment in which another thread could read it there.
        assert jars == [[], []]
        require_none([cookie], **{name: getattr(client, name) for name in Comserv.__slots__})


async def test_nor_are_they_by_the_client_for_asyncio(rig: Rig, server: Server, log: io.StringIO) -> None:
    person = server.person()
    errors = {}
    for url, timeout in ((server.url, 30), (rig.strange({"hang": True}).url, 0.05)):
        async with AsyncComserv(url, session=True, timeout=timeout) as client:
            try:
                await client.session.sign_in(username="nobody", password=person.password)
            except comserv.ComservError as error:
                errors[url] = without_own_frame(error)
    assert len(errors) == 2
    async with AsyncComserv(server.url, session=True) as client:
        session = await client.session.sign_in(username=person.username, password=person.password)
        secrets = [person.password, str(session.csrf_token)]
        parts = {name: getattr(client, name) for name in AsyncComserv.__slots__}
        require_none(secrets, client=client, signed_in=session, **parts)
        require_none([person.password], **errors)
    assert "comserv_session=***" in log.getvalue()
    for secret in secrets:
        assert secret not in log.getvalue()


def test_a_client_says_where_it_goes_and_how_and_no_more() -> None:
    with Comserv("https://comserv.example.org", api_key="cs_live_secret") as client:
        shown = "base_url='https://comserv.example.org' authentication='api_key'"
        assert repr(client) == f"<Comserv {shown}>"
