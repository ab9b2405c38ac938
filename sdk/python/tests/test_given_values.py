"""Values that have no meaning for the API are refused, rather than sent as their repr."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

import httpx
import pytest
from rig import Rig

from comserv import (
    AsyncComserv,
    Comserv,
    ComservError,
    ConfigurationError,
    FileTokenStore,
    WebhookVerificationError,
    verify_webhook,
)

META = {"current_page": 1, "total_pages": 1, "total_count": 0}


class Category(str, Enum):
    NEWS = "news"


HUGE = [pytest.param(10**digits, id=f"{digits} digits") for digits in (400, 5000)]


@pytest.mark.parametrize(
    "value", [b"x", {"a": 1}, object(), ["a"], [], ("a",), math.nan, math.inf, *HUGE, print, Category]
)
def test_a_filter_of_another_type_is_refused(rig: Rig, value: Any) -> None:
    strange = rig.strange({"body": {"data": [], "meta": META}})
    with (
        Comserv(strange.url, api_key="key") as client,
        pytest.raises(ConfigurationError, match="The parameter 'category' must be"),
    ):
        client.documents.list(category=value)
    assert strange.requests() == []


def test_strings_enumerations_numbers_and_times_are_sent(rig: Rig) -> None:
    strange = rig.strange({"body": {"data": [], "meta": META}})
    given: list[Any] = [Category.NEWS, "news", 7, True, date(2026, 1, 15)]
    given.append(datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc))
    with Comserv(strange.url, api_key="key") as client:
        for value in given:
            client.documents.list(category=value)
    sent = [one["url"].split("category=")[1] for one in strange.requests()]
    assert sent == ["news", "news", "7", "true", "2026-01-15", "2026-01-15T08%3A30%3A00Z"]


def test_a_batch_that_contains_itself_is_refused(rig: Rig) -> None:
    strange = rig.strange({"body": {}})
    item: dict[str, Any] = {"action": "create"}
    item["data"] = {"items": [item]}
    items: Any = [item]
    with Comserv(strange.url, api_key="key") as client, pytest.raises(ConfigurationError):
        client.documents.batch(items)
    assert strange.requests() == []


def test_a_missing_key_is_named_as_such() -> None:
    with pytest.raises(
        ConfigurationError, match=r"api_key, client_id and client_secret are None; .* Pass either"
    ):
        Comserv("https://comserv.example.org", api_key=None)


def test_a_record_keeps_its_response_when_it_is_pickled_or_copied(rig: Rig) -> None:
    strange = rig.strange({"body": {"status": "ok"}, "headers": {"etag": '"7"', "x-request-id": "abc"}})
    with Comserv(strange.url, api_key="key") as client:
        health = client.health.live()
    for made in (pickle.loads(pickle.dumps(health)), copy.copy(health), copy.deepcopy(health)):
        assert made == health
        assert made.response.etag == '"7"'
        assert made.response.request_id == "abc"


def test_a_list_whose_next_page_repeats_ends_with_an_error(rig: Rig) -> None:
    replies = [
        {
            "body": {"data": [], "meta": META},
            "headers": {"link": f'</api/v1/users?cursor={cursor}>; rel="next"'},
        }
        for cursor in "aba"
    ]
    strange = rig.strange(*replies)
    with Comserv(strange.url, api_key="key") as client, pytest.raises(Exception, match="would never end"):
        list(client.users.list())
    assert len(strange.requests()) == 3


def test_json_is_utf8_with_or_without_a_byte_order_mark(rig: Rig) -> None:
    headers = {"content-type": "application/json"}
    strange = rig.strange({"body": '\ufeff{"status":"ok"}', "headers": headers})
    with Comserv(strange.url, api_key="key") as client:
        assert client.health.live().status == "ok"


WRONG_OPTIONS: list[tuple[str, list[Any]]] = [
    ("base_url", ["", None, False, 7, [], b"https://example.org", "example.org", object()]),
    ("api_key", ["", None, False, 7, [], b"key", "line\nbreak"]),
    ("session", ["cookie", 1, None, []]),
    ("timeout", [0, -1, "soon", None, math.nan, [], True]),
    ("max_retries", [-1, 1.5, "twice", None, True, [], math.nan]),
    ("token_store", [5, "folder", {}, object()]),
    ("http_client", [5, "client", {}, httpx.Timeout(5)]),
    ("now", [5, None, "now"]),
    ("random", [5, None]),
    ("sleep", [5, None]),
]


@pytest.mark.parametrize("client", [Comserv, AsyncComserv])
@pytest.mark.parametrize(("name", "values"), WRONG_OPTIONS)
def test_a_wrong_option_of_a_client_is_named(client: Any, name: str, values: list[Any]) -> None:
    right = {"base_url": "http://127.0.0.1", "api_key": "key"}
    for value in values:
        if name == "token_store" and value == {}:
            # A dict has get, and no set.
            assert not hasattr(value, "set")
        with pytest.raises(ConfigurationError, match=name):
            client(**{**right, name: value})


def test_a_wrong_folder_is_refused() -> None:
    given: list[Any] = [None, "", 5, b"folder", [], "a\0b"]
    for wrong in given:
        with pytest.raises(ConfigurationError, match="The folder for tokens"):
            FileTokenStore(wrong)


def test_wrong_arguments_of_verify_are_named() -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,a"}
    right: dict[str, Any] = {"raw_body": b"{}", "headers": headers, "secret": "secret"}
    wrong: dict[str, list[Any]] = {
        "raw_body": [None, {}, 5, True, ["a"], math.nan],
        "headers": [None, "text", b"text", 5, True, ["a"], [1], [("a", "b", "c")], print, math.nan],
        "secret": [None, "", " ", 5, b"secret", {}, "\ud800"],
        "tolerance_seconds": [None, "300", -1, math.nan, True, {}],
        "accept_body_signature": [None, "false", 0, 1, {}],
        "now": [None, 5, datetime.now(timezone.utc)],
    }
    with Comserv("http://127.0.0.1", api_key="key") as client:
        for name, values in wrong.items():
            for value in values:
                for verify in (verify_webhook, client.webhooks.verify):
                    with pytest.raises(ComservError) as caught:
                        verify(**{**right, name: value})
                    kind = WebhookVerificationError if name == "secret" else ConfigurationError
                    assert type(caught.value) is kind, (name, value, caught.value)
                    assert f"{name} must be" in str(caught.value), (name, value, caught.value)


def test_a_tolerance_of_any_size_is_taken(rig: Rig) -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,a"}
    for tolerance in (math.inf, 10**400, 1e300):
        with pytest.raises(WebhookVerificationError) as caught:
            verify_webhook(b"{}", headers, "secret", tolerance)
        assert caught.value.check == "signature_mismatch"


def test_a_batch_of_secrets_that_contains_itself_is_refused(rig: Rig) -> None:
    item: dict[str, Any] = {"action": "create"}
    item["data"] = {"items": [item]}
    with Comserv("http://127.0.0.1:1", api_key="key") as client, pytest.raises(ConfigurationError):
        client.users.batch([item])  # type: ignore[list-item]


@pytest.mark.parametrize("format", [None, "", "xml", 5, {}, ["csv"], b"csv"])
def test_a_wrong_format_of_an_export_is_refused(format: Any) -> None:
    with (
        Comserv("http://127.0.0.1:1", api_key="key") as client,
        pytest.raises(ConfigurationError, match="format must be"),
    ):
        client.users.export().text(format)
