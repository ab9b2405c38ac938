from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import fields
from typing import Any

import pytest
from rig import Rig, Server

import comserv
from comserv import AsyncComserv, WebhookVerificationError, verify_hook, verify_webhook
from comserv.events import CategoryEventData, DocumentEventData, PingEvent, PingEventData, UserEventData
from comserv.types import WebhookWithSecret

Subscribed = tuple[WebhookWithSecret, Callable[[int], dict[str, Any]]]


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AsyncComserv]:
    async with AsyncComserv(server.url, api_key=server.credential().secret) as client:
        yield client


async def subscribed(client: AsyncComserv, rig: Rig, **more: Any) -> Subscribed:
    """A webhook, and what waits for the n-th that it is sent."""
    receiver = rig.receiver()
    webhook = await client.webhooks.create(url=receiver.url, events=["document.created"], **more)
    return webhook, lambda count: receiver.received(count)[count - 1]


@pytest.mark.parametrize("own", [{}, {"secret": "a-secret-of-my-own-choice"}])
async def test_what_the_server_sends_is_genuine_and_typed_by_its_event(
    client: AsyncComserv, rig: Rig, server: Server, own: dict[str, str]
) -> None:
    webhook, received = await subscribed(client, rig, **own)
    document = await client.documents.create(title="Signed – für alle")
    server.deliver()
    sent = received(1)
    event = client.webhooks.verify(sent["raw"], sent["headers"], webhook.secret, now=server.now)
    assert event.event == "document.created"
    assert event.data.title == "Signed – für alle"
    assert event.data.id == document.id
    assert event.id == sent["headers"]["webhook-id"]
    assert event.timestamp == document.created_at
    await client.webhooks.delete(webhook.id)


async def test_calls_of_hooks_are_genuine(client: AsyncComserv, rig: Rig, server: Server) -> None:
    receiver = rig.receiver()
    hook = await client.hooks.create(url=receiver.url, actions=["document.create"], status="paused")
    await client.hooks.test(hook.id, action="document.create", input={"title": "Signed – für alle"})
    sent = receiver.received(1)[0]
    raw, headers = sent["raw"], sent["headers"]
    call = client.hooks.verify(raw, headers, hook.secret, now=server.now)
    assert (call.action, call.record, call.test) == ("document.create", None, True)
    assert (call.id, call.input) == (headers["webhook-id"], {"title": "Signed – für alle"})
    assert call.timestamp.timestamp() == server.now()
    for body, secret, check in [
        (raw + " ", hook.secret, "signature_mismatch"),
        (raw, "", "secret_malformed"),
    ]:
        with pytest.raises(WebhookVerificationError) as refused:
            verify_hook(body, headers, secret, now=server.now)
        assert refused.value.check == check
    with pytest.raises(WebhookVerificationError) as refused:
        verify_webhook(raw, headers, hook.secret, now=server.now)
    assert refused.value.check == "body_malformed"
    await client.hooks.delete(hook.id)


async def test_through_x_webhook_signature_alone_it_is_genuine_only_for_who_accepts_that(
    client: AsyncComserv, rig: Rig, server: Server
) -> None:
    webhook, received = await subscribed(client, rig)
    await client.webhooks.test(webhook.id)
    sent = received(1)
    raw = sent["raw"]
    stripped = {name: value for name, value in sent["headers"].items() if name != "webhook-signature"}
    assert check_of(raw, stripped, webhook.secret, server.now()) == "header_missing"
    event = verify_webhook(raw, stripped, webhook.secret, accept_body_signature=True)
    assert event.id is None
    assert isinstance(event, PingEvent)
    assert event.data == PingEventData(id=webhook.id)
    await client.webhooks.delete(webhook.id)


async def test_while_a_secret_is_rotated_the_old_one_and_the_new_one_verify_and_then_the_old_one_does_not(
    client: AsyncComserv, rig: Rig, server: Server
) -> None:
    webhook, received = await subscribed(client, rig)
    fresh = (await client.webhooks.rotate_secret(webhook.id, overlap_hours=1)).secret
    await client.webhooks.test(webhook.id)
    during = received(1)
    for secret in (webhook.secret, fresh):
        verify_webhook(during["raw"], during["headers"], secret, now=server.now)
    server.advance(3_601)
    await client.webhooks.test(webhook.id)
    after = received(2)
    verify_webhook(after["raw"], after["headers"], fresh, now=server.now)
    with pytest.raises(WebhookVerificationError) as raised:
        verify_webhook(after["raw"], after["headers"], webhook.secret, now=server.now)
    assert raised.value.check == "signature_mismatch"
    await client.webhooks.delete(webhook.id)


async def test_a_changed_byte_a_stale_delivery_and_another_secret_are_refused_each_by_name(
    client: AsyncComserv, rig: Rig, server: Server
) -> None:
    webhook, received = await subscribed(client, rig)
    await client.webhooks.test(webhook.id)
    sent = received(1)
    raw, headers, secret, now = sent["raw"], sent["headers"], webhook.secret, server.now()

    assert check_of(raw, headers, secret, now) == "ping"
    assert check_of(f"{raw} ", headers, secret, now) == "signature_mismatch"
    assert check_of(raw, headers, "x" * 16, now) == "signature_mismatch"
    assert check_of(raw, headers, secret, now + 301) == "timestamp_too_old"
    assert check_of(raw, headers, secret, now - 301) == "timestamp_too_new"
    assert check_of(raw, {}, secret, now) == "header_missing"
    await client.webhooks.delete(webhook.id)


async def test_the_types_know_every_event_of_the_server(client: AsyncComserv) -> None:
    known: dict[str, type[UserEventData | DocumentEventData | CategoryEventData | PingEventData]] = {
        "user.created": UserEventData,
        "user.updated": UserEventData,
        "user.deleted": UserEventData,
        "user.erased": UserEventData,
        "document.created": DocumentEventData,
        "document.updated": DocumentEventData,
        "document.published": DocumentEventData,
        "document.deleted": DocumentEventData,
        "category.created": CategoryEventData,
        "category.updated": CategoryEventData,
        "category.deleted": CategoryEventData,
        "ping": PingEventData,
    }
    types = [one async for one in client.events.types()]
    assert {one.name: list(one.example["data"]) for one in types} == {
        name: [field.name for field in fields(data)] for name, data in known.items()
    }
    for one in types:
        assert not isinstance(comserv.events.event_of(one.example), comserv.events.OtherEvent)


def check_of(raw: str, headers: dict[str, str], secret: str, now: float) -> str:
    try:
        return verify_webhook(raw, headers, secret, now=lambda: now).event
    except WebhookVerificationError as error:
        return error.check
