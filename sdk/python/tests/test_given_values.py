"""Values that have no meaning for the API are refused, rather than sent as their repr."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

import pytest
from rig import Rig

from comserv import Comserv, ConfigurationError

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
