"""What a client is made with, and what it refuses before anything is sent."""

from __future__ import annotations

import inspect
import math
import pickle
from datetime import datetime
from typing import Any

import httpx
import pytest
from rig import Rig, Server

import comserv
from comserv import ApiError, AsyncComserv, Comserv, ConfigurationError

URL = "https://comserv.example.org"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Pass either client_id and client_secret, or api_key"),
        ({"api_key": "key", "client_id": "id", "client_secret": "secret"}, "Pass either"),
        ({"api_key": "key", "session": True}, "Pass either"),
        ({"session": "cookie"}, "session must be True"),
        ({"client_id": "id"}, "client_secret must be a string"),
        ({"client_secret": "secret"}, "client_id must be a string"),
        ({"api_key": ""}, "api_key must be a string"),
        ({"api_key": b"key"}, "api_key must be a string"),
        ({"api_key": "key\n"}, "end with a line break"),
        ({"api_key": "schlüssel"}, "visible ASCII"),
        ({"api_key": "key", "timeout": 0}, "timeout must be"),
        ({"api_key": "key", "timeout": "30"}, "timeout must be"),
        ({"api_key": "key", "max_retries": -1}, "max_retries must be"),
        ({"api_key": "key", "max_retries": 1.5}, "max_retries must be"),
        ({"api_key": "key", "http_client": object()}, "http_client must be"),
    ],
)
@pytest.mark.parametrize("kind", [Comserv, AsyncComserv])
def test_what_cannot_work_is_said_at_once(kind: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        kind(URL, **options)


@pytest.mark.parametrize(
    "url", ["", "comserv.example.org", "ftp://example.org", "http://", "http://a:port", None]
)
def test_a_base_url_that_is_none_is_refused(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be the address"):
        Comserv(url, api_key="key")


def test_a_base_url_with_a_password_is_refused_and_the_path_of_the_api_may_stand_there() -> None:
    with pytest.raises(ConfigurationError, match="must not contain") as raised:
        Comserv("https://me:secret-of-mine@example.org", api_key="key")
    assert "secret-of-mine" not in str(raised.value)
    for more in ("?tenant=1", "#top", "/api/v1?tenant=1"):
        with pytest.raises(ConfigurationError, match="must not contain a query"):
            Comserv(URL + more, api_key="key")
    for given in (URL, f"{URL}/", f"{URL}/api/v1", f"{URL}/api/v1/"):
        with Comserv(given, api_key="key") as client:
            assert client.base_url == URL
    with Comserv("http://localhost:8080/behind/a/proxy/", api_key="key", timeout=math.inf) as client:
        assert client.base_url == "http://localhost:8080/behind/a/proxy"


def test_an_id_that_would_lead_elsewhere_and_texts_that_no_header_carries_are_refused(rig: Rig) -> None:
    strange = rig.strange({"body": {}})
    with Comserv(strange.url, api_key="key") as client:
        wrong: Any
        huge = (10**16, 10**5000, -(10**5000))
        for wrong in ("", "../users", "1/restore", -1, 1.5, None, True, *huge, [1], object()):
            with pytest.raises(ConfigurationError, match="id must be a positive integer"):
                client.users.delete(wrong)
        with pytest.raises(ConfigurationError, match="if_match must be"):
            client.users.delete(1, if_match='"a"\r\nx-admin: 1')
        with pytest.raises(ConfigurationError, match="idempotency_key must be"):
            client.users.restore(1, idempotency_key="ü")
        with pytest.raises(ConfigurationError, match="needs its time zone"):
            client.documents.create(title="When?", publish_at=datetime(2026, 1, 1))
        given: Any = {"title": {1, 2}}
        with pytest.raises(ConfigurationError, match="A set cannot be sent as JSON"):
            client.documents.create(**given)
        with pytest.raises(ConfigurationError, match="timeout must be"):
            client.users.get(1, timeout=-1)
    assert strange.requests() == []


def test_the_user_agent_names_the_version_and_every_post_has_a_key(rig: Rig) -> None:
    strange = rig.strange({"status": 204})
    with Comserv(f"{strange.url}/behind", api_key="key") as client:
        client.users.delete(1)
    request = strange.requests()[0]
    assert request["url"] == "/behind/api/v1/users/1"
    assert request["headers"]["user-agent"] == f"comserv-python/{comserv.version}"
    assert "idempotency-key" not in request["headers"]


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    for name in Comserv.__slots__:
        if name.startswith("_") or name == "base_url":
            continue
        blocking, waiting = (getattr(kind(URL, api_key="key"), name) for kind in (Comserv, AsyncComserv))
        methods = [method for method in dir(blocking) if not method.startswith("_")]
        assert methods
        assert methods == [method for method in dir(waiting) if not method.startswith("_")]
        for method in methods:
            parameters = [
                list(inspect.signature(getattr(one, method)).parameters) for one in (blocking, waiting)
            ]
            assert parameters[0] == parameters[1]
            doc = inspect.getdoc(getattr(blocking, method)) or ""
            assert "async" not in doc


def test_errors_travel_between_processes_and_answers_too(server: Server) -> None:
    with Comserv(server.url, api_key=server.credential().secret) as client:
        with pytest.raises(comserv.ResourceNotFoundError) as raised:
            client.users.get(4711)
        error = pickle.loads(pickle.dumps(raised.value))
        assert type(error) is comserv.ResourceNotFoundError
        assert vars(error) == vars(raised.value)
        assert isinstance(error, ApiError)
        document = client.documents.create(title="To be pickled")
        assert pickle.loads(pickle.dumps(document)) == document
    check = comserv.WebhookVerificationError("header_missing", "There is none.")
    again = pickle.loads(pickle.dumps(check))
    assert (again.check, str(again)) == ("header_missing", "There is none.")


def test_a_client_is_not_copied_between_processes() -> None:
    with Comserv(URL, api_key="cs_live_secret") as client:
        for thing in (client, client.users):
            with pytest.raises(TypeError, match=r"cannot|make one in each process"):
                pickle.dumps(thing)


async def test_the_clients_take_the_httpx_client_of_their_kind_only() -> None:
    wrong: Any = httpx.Client()
    with pytest.raises(ConfigurationError, match=r"an httpx\.AsyncClient"):
        AsyncComserv(URL, api_key="key", http_client=wrong)
    wrong.close()
