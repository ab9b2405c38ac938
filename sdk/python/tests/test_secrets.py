"""Nothing but a text is taken for a secret, at construction and in every call that takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rig import Rig

from comserv import AsyncComserv, Comserv, ConfigurationError, WebhookVerificationError, verify_webhook

URL = "https://comserv.example.org"
VALUE = "kept-out-of-every-message"

no_texts = pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="None"),
        pytest.param(False, id="False"),
        pytest.param(12345678, id="a number"),
        pytest.param("", id="empty"),
        pytest.param(VALUE.encode(), id="bytes"),
        pytest.param([VALUE], id="a list"),
        pytest.param({"secret": VALUE}, id="a dict"),
    ],
)


def refused(do: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        do()
    assert VALUE not in str(raised.value)


@no_texts
@pytest.mark.parametrize("kind", [Comserv, AsyncComserv])
def test_a_client_is_not_made_with_it(kind: Any, value: Any) -> None:
    refused(lambda: kind(URL, api_key=value))
    refused(lambda: kind(URL, client_id="id", client_secret=value))
    refused(lambda: kind(URL, client_id=value, client_secret="secret"))


@no_texts
def test_no_call_sends_it(rig: Rig, value: Any) -> None:
    strange = rig.strange({"body": {}})
    hook = {"url": "https://receiver.example", "events": ["ping"]}
    user = {"username": "ada", "email": "ada@example.org", "password": value}
    with (
        Comserv(strange.url, client_id="id", client_secret="secret") as client,
        Comserv(strange.url, api_key="key") as keyed,
        Comserv(strange.url, session=True) as person,
    ):
        untyped: Any = keyed
        for call in (
            lambda: client.oauth.revoke_token(value),
            lambda: client.oauth.introspect_token(value),
            lambda: untyped.users.create(**user),
            lambda: untyped.users.update(1, password=value),
            lambda: untyped.users.batch([{"action": "create", "data": user}]),
            lambda: untyped.webhooks.create(**hook, secret=value),
            lambda: untyped.me.change_password(current_password=value, new_password="another one"),
            lambda: untyped.me.change_password(current_password="this one", new_password=value),
            lambda: person.session.sign_in(username="ada", password=value),
            lambda: person.setup.create(**{**user, "token": value}),
        ):
            refused(call)
    assert strange.requests() == []


@no_texts
def test_a_body_that_is_none_and_no_headers_are_refused(value: Any) -> None:
    if not isinstance(value, (bytes, str)):
        refused(lambda: verify_webhook(value, {}, "a secret"))
    if not isinstance(value, (dict, list)):
        refused(lambda: verify_webhook(b"", value, "a secret"))


@pytest.mark.parametrize("tolerance", [float("nan"), -1, None, "300"])
def test_a_tolerance_that_is_none_is_refused(tolerance: Any) -> None:
    with pytest.raises(ConfigurationError, match="tolerance_seconds must be a number"):
        verify_webhook(b"", {}, "a secret", tolerance)


def test_a_header_without_a_value_is_missing() -> None:
    headers: Any = {"webhook-id": None, "webhook-timestamp": None, "webhook-signature": None}
    with pytest.raises(WebhookVerificationError, match="There is no webhook-signature header"):
        verify_webhook(b"", headers, "a secret")
