"""Every method is called once against a started server, and must succeed; together they must have used every operation."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timezone

import pytest
from rig import Receiver, Rig, Server, code_of, root
from traffic import Seen, Traffic

import comserv
from comserv import AsyncComserv
from comserv.types import ClientSecret, CredentialWithSecret, Setup

PASSWORD = "a long enough password"
seen: list[Seen] = []


@pytest.fixture(scope="module")
def server(rig: Rig) -> Server:
    """With a mail server where nobody is."""
    return rig.server(COMSERV_SMTP_URL="smtp://127.0.0.1:1", COMSERV_MAIL_FROM="comserv@example.org")


@pytest.fixture(scope="module")
def receiver(rig: Rig) -> Receiver:
    return rig.receiver()


@pytest.fixture
async def client(server: Server, traffic: Traffic) -> AsyncIterator[AsyncComserv]:
    async with AsyncComserv(
        server.url, api_key=server.credential().secret, http_client=traffic.async_client()
    ) as client:
        yield client
    seen.extend(one for one in traffic.seen if one.status < 400)


async def test_users(client: AsyncComserv) -> None:
    users = client.users
    created = await users.create(username="newuser", email="newuser@example.org", password=PASSWORD)
    id = created.id
    assert created.response.status == 201
    assert created.created_at == datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc)
    assert (await users.get(id)).username == "newuser"
    user = await users.update(id, profile={"first_name": "New", "bio": "Writes."})
    assert user
    assert (user.profile.first_name, user.profile.bio) == ("New", "Writes.")
    user = await users.update(id, profile={"bio": None})
    assert user
    assert (user.profile.first_name, user.profile.bio) == ("New", None)
    await users.delete(id, if_match=user.response.etag)
    trashed = (await users.trash()).data[0]
    assert trashed.id == id
    restored = await users.restore(id)
    assert restored
    assert restored.username == "newuser"
    await users.delete(id)
    restored = await users.restore(id, username="returned", email="returned@example.org")
    assert restored
    assert (restored.username, restored.email) == ("returned", "returned@example.org")
    renamed = await users.update(id, username="newuser")
    assert renamed
    assert renamed.username == "newuser"
    assert [one.id for one in (await users.list(role="normal")).data] == [id]
    batch = await users.batch(
        [{"action": "update", "id": id, "data": {"role": "editor"}}, {"action": "delete", "id": 99}]
    )
    assert (batch.meta.succeeded, batch.meta.failed) == (1, 1)
    assert batch.data[0].resource is not None
    assert batch.data[0].resource.role == "editor"
    assert batch.data[1].error is not None
    assert batch.data[1].error.code == "resource_not_found"
    assert batch.response.status == 200
    with pytest.raises(comserv.ResourceNotFoundError):
        await users.batch([{"action": "delete", "id": 99}], atomic=True)
    exported = [one async for one in users.export(role="editor")]
    assert [one.username for one in exported] == ["newuser"]
    assert exported == [await users.get(exported[0].id)]
    assert re.match(r"id,username,.*\r\n\d+,newuser,", await users.export().text("csv"))
    file = "username,email\nimported,imported@example.org\nnewuser,other@example.org\n"
    assert (await users.import_file(file, dry_run=True)).imported == 1
    with pytest.raises(comserv.ConfigurationError, match="looks like the path"):
        await users.import_file("./people.csv")
    report = await users.import_file(file.encode(), format="csv")
    assert (report.imported, report.refusals[0].row) == (1, 3)
    held = [one.kind async for one in users.personal_data(id)]
    assert (held[0], held[-1]) == ("profile", "audit")
    assert (await users.erase(id, username="newuser")).status == "waiting"
    assert (await users.erasure(id)).user_id == id
    await users.cancel_erasure(id)


async def test_mail(client: AsyncComserv) -> None:
    user = await client.users.create(username="invited", email="invited@example.org", invite=True)
    (invitation,) = (await client.mails.list(user_id=user.id, status="pending")).data
    assert invitation.kind == "invitation"
    link = await client.users.create_password_link(user.id, language="de")
    assert link.link is None
    assert link.mail_id
    mail = await client.mails.get(link.mail_id)
    assert (mail.language, mail.recipient) == ("de", "invited@example.org")
    assert (await client.mails.resend(mail.id)).id == mail.id
    await client.session.request_password(username="invited")


async def test_documents(client: AsyncComserv) -> None:
    documents = client.documents
    at = datetime(2026, 2, 1, 12, 0, 0, 500_000, tzinfo=timezone.utc)
    made = await documents.create(title="Annual Report 2023 – ünïcode", category="reports", publish_at=at)
    id = made.id
    assert made.publish_at is not None
    assert made.publish_at.replace(microsecond=0) == at.replace(microsecond=0)
    document = await documents.get(id)
    assert document == made
    etag = document.response.etag
    change = await documents.update(id, title="Annual Report", status="published", if_match=etag)
    assert change
    assert change.status == "published"
    with pytest.raises(comserv.PreconditionFailedError):
        await documents.update(id, title="Lost", if_match=etag)
    assert (await documents.revisions(id)).meta.total_count == 2
    assert (await documents.revision(id, 1)).status == "draft"
    restored = await documents.restore_revision(id, 1)
    assert restored
    assert restored.version == 3
    await documents.delete(id)
    assert (await documents.trash()).data[0].id == id
    await documents.restore(id)
    assert (await documents.list(category="reports")).meta.total_count == 1
    assert (await documents.import_file("Headline\nImported\n", map='{"Headline":"title"}')).imported == 1
    uses = [one async for one in documents.categories(limit=1)]
    assert [one.document_count for one in uses if one.category == "reports"] == [1]
    batch = await documents.batch([{"action": "create", "data": {"title": "Minutes"}}], atomic=True)
    assert batch.data[0].status == 201
    lines = (await documents.export().text("ndjson")).splitlines()
    assert [one["title"] for one in map(json.loads, lines)][1:] == ["Imported", "Minutes"]
    exported = [one async for one in documents.export(category="reports")]
    assert exported == [await documents.get(id)]


async def test_roles(client: AsyncComserv) -> None:
    roles = client.roles
    made = await roles.create(
        name="reviewer",
        scopes=["documents:read"],
        rules=[{"scope": "documents:read", "where": {"category": ["policies"]}}],
    )
    assert made.rules is not None
    assert made.rules[0].where.category == ["policies"]
    assert (await roles.get(str(made.id))).id == made.id
    assert (await roles.update(str(made.id), rules=None)).rules is None
    assert "reviewer" in [one.name async for one in roles.list(limit=1)]
    await roles.delete(str(made.id))
    explained = await client.permissions.explain(action="documents:write")
    assert (explained.allowed, explained.steps[0].check) == (True, "scope")


async def test_categories(client: AsyncComserv) -> None:
    categories = client.categories
    made = await categories.create(name="Field notes", position=2)
    id = made.id
    assert (made.slug, made.position, made.response.status) == ("field-notes", 2, 201)
    category = await categories.get(id)
    assert category == made
    etag = category.response.etag
    change = await categories.update(id, description="From the field.", if_match=etag)
    assert change
    assert (change.name, change.description) == ("Field notes", "From the field.")
    with pytest.raises(comserv.PreconditionFailedError):
        await categories.update(id, name="Lost", if_match=etag)
    await categories.delete(id, if_match=change.response.etag)
    assert (await categories.trash()).data[0].id == id
    restored = await categories.restore(id)
    assert restored
    assert restored.id == id
    batch = await categories.batch([{"action": "create", "data": {"name": "Letters"}}], atomic=True)
    assert batch.data[0].status == 201
    assert [one.name async for one in categories.list(limit=1, sort="created_at")] == [
        "Field notes",
        "Letters",
    ]
    assert {one.name async for one in categories.export()} == {"Field notes", "Letters"}


async def test_credentials(client: AsyncComserv, server: Server) -> None:
    credentials = client.credentials
    made = await credentials.create(name="Reports", scopes=["read"], expires_at="2027-01-01T00:00:00Z")
    id = made.id
    assert made.expires_at == datetime(2027, 1, 1, tzinfo=timezone.utc)
    rotated = await credentials.rotate(id, grace_hours=0)
    assert rotated.client_secret != made.client_secret
    assert isinstance(await credentials.rotate(id), CredentialWithSecret)
    key = (await credentials.create(name="Writer", scopes=["credentials:write", "read"])).client_secret
    async with AsyncComserv(server.url, api_key=key) as writer:
        part = await writer.credentials.rotate(id)
    assert isinstance(part, ClientSecret)
    assert part.id == id
    await credentials.end_previous_secret(id)
    shown = await credentials.get(id)
    assert (shown.name, shown.previous_secret_expires_at) == ("Reports", None)
    updated = await credentials.update(id, tier="premium", expires_at=None)
    assert updated
    assert updated.expires_at is None
    usage = await credentials.usage(id, per="day", since=datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert usage.per == "day"
    assert usage.totals.requests == 0
    assert (await credentials.total_usage(per="minute")).per == "minute"
    await credentials.delete(id)
    found = [one async for one in client.credentials.list() if one.id == id]
    assert [one.status for one in found] == ["revoked"]


async def test_hooks(client: AsyncComserv, server: Server, receiver: Receiver) -> None:
    hooks, calls = client.hooks, client.hook_calls
    made = await hooks.create(url=receiver.url, actions=["document.create"], status="paused")
    assert made.secret.startswith("whsec_")
    tested = await hooks.test(made.id, action="document.create")
    assert tested.outcome == "failed"
    changed = await hooks.update(made.id, on_failure="allow")
    assert changed.on_failure == "allow"
    rotated = await hooks.rotate_secret(made.id)
    assert rotated.secret != made.secret
    await hooks.end_previous_secret(made.id)
    listed = await hooks.list()
    assert listed.data[0].id == (await hooks.get(made.id)).id
    server.log_requests()
    (call,) = (await calls.list(hook_id=made.id)).data
    assert (await calls.get(call.id)).error == "invalid_response"
    await hooks.delete(made.id)


async def test_applications(client: AsyncComserv) -> None:
    applications = client.applications
    made = await applications.create(
        name="Reading room",
        kind="server",
        redirect_uris=["https://example.com/done"],
        scopes=["documents:read"],
    )
    changed = await applications.update(made.id, trusted=True)
    assert changed.trusted
    rotated = await applications.rotate_secret(made.id)
    assert rotated.client_secret != made.client_secret
    listed = await applications.list()
    assert listed.data[0].id == (await applications.get(made.id)).id
    await applications.delete(made.id)


async def test_webhooks_and_deliveries(client: AsyncComserv, server: Server, receiver: Receiver) -> None:
    webhooks, deliveries = client.webhooks, client.deliveries
    made = await webhooks.create(url=receiver.url, events=["document.created"])
    id = made.id
    assert made.secret.startswith("whsec_")
    attempted = await webhooks.test(id)
    assert attempted.status == "delivered"
    assert attempted.log[0].response is not None
    assert (await webhooks.get(id)).health.state == "healthy"
    previewed = await webhooks.preview(event_type="document.created", transform="[data.id]")
    assert previewed.outcome == "sent"
    assert (await webhooks.rotate_secret(id)).secret != made.secret
    await webhooks.end_previous_secret(id)
    assert (await webhooks.get(id)).previous_secret_expires_at is None
    updated = await webhooks.update(id, concurrency=2)
    assert updated
    assert updated.concurrency == 2
    await client.documents.create(title="News")
    server.deliver()
    delivery = (await webhooks.deliveries(id, event_type="document.created")).data[0]
    assert len((await deliveries.get(delivery.id)).log) == 1
    resent = await deliveries.resend(delivery.id)
    assert resent.response.status == 202
    cancelled = await deliveries.cancel(resent.id)
    assert cancelled
    assert cancelled.reason == "cancelled"
    assert (await deliveries.outcomes(webhook_id=id)).totals.delivered >= 1
    recovered = await webhooks.recover(id, since=datetime(2026, 1, 15, 8, tzinfo=timezone.utc))
    assert (recovered.resent, recovered.remaining) == (0, 0)
    again = await webhooks.recover(
        id,
        since=datetime(2026, 1, 15, 8, tzinfo=timezone.utc),
        until=datetime(2027, 1, 15, 8, tzinfo=timezone.utc),
        types=["document.*"],
        include=["delivered", "missed"],
    )
    assert again.next_cursor is None
    assert again.resent + again.newly_sent > 0
    assert (await webhooks.list()).meta.total_count == 1
    await webhooks.delete(id)


async def test_automations_and_their_runs(client: AsyncComserv) -> None:
    automations = client.automations
    made = await automations.create(
        name="Remind",
        enabled=True,
        trigger={"type": "button"},
        steps=[{"name": "pause", "type": "wait", "minutes": 5}],
    )
    assert (await automations.get(made.id)).steps[0].minutes == 5
    updated = await automations.update(made.id, name="Remind them")
    assert updated
    assert updated.name == "Remind them"
    assert (await automations.list(enabled=True)).meta.total_count == 1
    assert (await automations.dry_run(made.id)).runs[0].steps[0].outcome == "would_act"
    run = await automations.run(made.id, input={"who": "Jo"})
    assert run
    cancelled = await automations.cancel_run(run.id)
    assert cancelled
    assert cancelled.status == "cancelled"
    resumed = await automations.resume_run(run.id)
    assert resumed
    assert resumed.status == "pending"
    assert (await automations.get_run(run.id)).attempts == []
    assert (await automations.runs(automation_id=made.id)).meta.total_count == 1
    await automations.delete(made.id)


async def test_test_receivers(client: AsyncComserv) -> None:
    made = await client.test_receivers.create(response_status=204)
    assert "/test-receiver/" in made.url
    assert (await client.test_receivers.list()).data[0].id == made.id
    assert (await client.test_receivers.get(made.id)).requests == []
    await client.test_receivers.delete(made.id)


async def test_the_request_log(client: AsyncComserv, server: Server) -> None:
    await client.documents.create(title="In the log of requests")
    await client.documents.list()
    server.log_requests()
    found = await client.requests.list(method="POST")
    assert (await client.requests.get(found.data[0].id)).request_id == found.data[0].request_id
    assert (await client.requests.deprecated_uses()).data == []


async def test_events_and_the_audit_log(client: AsyncComserv) -> None:
    made = await client.documents.create(title="In the log")
    page = await client.events.list(type="document.created", limit=100)
    assert page.meta.total_count == len(page.data)
    event = await client.events.get(page.data[-1].id)
    assert isinstance(event.payload, comserv.events.DocumentEvent)
    assert (event.payload.data.id, event.payload.data.title) == (made.id, "In the log")
    assert event.response.status == 200
    assert "ping" in [one.name async for one in client.events.types()]
    assert {one.event_id async for one in client.events.deliveries(event.id)} <= {event.id}
    async for streamed in client.events.stream(types=["document.created"], after=0):
        assert streamed == page.data[0]
        break
    record = (await client.audit_log.list(target_type="document", target_id=made.id)).data[0]
    assert record.actor.type == "credential"
    assert record.after is not None
    assert record.after["title"] == "In the log"
    exported = [one async for one in client.audit_log.export(target_type="document", target_id=made.id)]
    assert [one.id for one in exported] == [record.id]
    assert (await client.audit_log.head()).response.status == 200


async def test_a_person_signs_in_and_changes_what_is_theirs(
    client: AsyncComserv, server: Server, traffic: Traffic
) -> None:
    person = server.person("editor")
    page = AsyncComserv(server.url, session=True, http_client=traffic.async_client())
    session = await page.session.sign_in(username=person.username, password=person.password)
    assert (session.user.id, session.response.status) == (person.id, 201)
    assert "documents:write" in session.scopes
    assert (await page.session.current()).csrf_token == session.csrf_token
    me = await page.me.get()
    assert me.email == person.email
    changed = await page.me.update(profile={"bio": "Writes."}, if_match=me.response.etag)
    assert changed.profile.bio == "Writes."
    longer = f"{person.password} and a cart"
    await page.me.change_password(current_password=person.password, new_password=longer)
    await page.session.confirm(password=longer)
    code = code_of((await page.me.set_up_totp()).secret, server.now())
    await page.me.activate_totp(code=code)
    codes = (await page.me.create_recovery_codes()).codes
    half = AsyncComserv(server.url, session=True, http_client=traffic.async_client())
    with pytest.raises(comserv.AuthenticationFailedError):
        await half.session.sign_in(username=person.username, password=longer)
    assert (await half.session.step()).step == "verify"
    assert (await half.session.verify(code=codes[0])).user.id == person.id
    await half.session.sign_out()
    await half.session.cancel_step()
    assert (await page.me.second_factors()).recovery_codes_left == 9
    await page.me.remove_totp()
    assert (await client.users.second_factors(person.id)).totp is None
    await client.users.remove_second_factors(person.id)
    other = AsyncComserv(server.url, session=True, http_client=traffic.async_client())
    await other.session.sign_in(username=person.email, password=longer)
    own = [one.kind async for one in page.me.personal_data()]
    assert own[0] == "profile"
    sessions = await page.me.sessions()
    assert sessions.meta.total_count == 2
    assert [one.id for one in sessions.data if one.current] == [session.id]
    await page.me.end_session(next(one.id for one in sessions.data if not one.current))
    assert [one.id async for one in page.me.sessions(limit=1)] == [session.id]
    allowed = server.allow(person._replace(password=longer))
    assert [one.id for one in (await page.me.applications()).data] == [allowed]
    await page.me.end_application(allowed)
    assert (await page.me.applications()).data == []
    await page.session.sign_out()
    token = server.password_token(person.username)
    assert (await page.session.reset_password(token=token, password=PASSWORD)).user.id == person.id
    assert (await page.me.get()).id == person.id


async def test_a_role_that_needs_an_app(client: AsyncComserv, rig: Rig, traffic: Traffic) -> None:
    strict = rig.server(COMSERV_SECOND_FACTOR_ROLES="editor")
    person = strict.person("editor")
    page = AsyncComserv(strict.url, session=True, http_client=traffic.async_client())
    with pytest.raises(comserv.AuthenticationFailedError):
        await page.session.sign_in(username=person.username, password=person.password)
    assert (await page.session.step()).step == "set_up"
    code = code_of((await page.session.set_up_totp()).secret, strict.now())
    assert (await page.session.activate_totp(code=code)).user.id == person.id
    assert (await page.me.get()).id == person.id


async def test_passkeys(client: AsyncComserv, rig: Rig, traffic: Traffic) -> None:
    # Browsers have passkeys for names, and not for the address of the other servers.
    origin = "http://localhost:4321"
    named = rig.server(COMSERV_PUBLIC_URL=origin, COMSERV_ALLOWED_HOSTS="127.0.0.1")
    person = named.person("editor")
    page = AsyncComserv(named.url, session=True, http_client=traffic.async_client())
    await page.session.sign_in(username=person.username, password=person.password)
    options = (await page.me.passkey_options()).options
    made = rig.ask("passkey/create", origin=origin, options=options)
    passkey = await page.me.add_passkey(name="Laptop", response=made["response"])
    assert (await page.me.rename_passkey(passkey.id, name="Work")).name == "Work"
    other = AsyncComserv(named.url, session=True, http_client=traffic.async_client())
    options = (await other.session.passkey_options()).options
    used = rig.ask("passkey/use", passkey=made["passkey"], options=options)
    session = await other.session.sign_in_with_passkey(response=used["response"])
    assert session.user.id == person.id
    with pytest.raises(comserv.AuthenticationFailedError):
        await other.session.sign_in_with_passkey(response=used["response"])
    assert [one.name for one in (await page.me.second_factors()).passkeys] == ["Work"]
    await page.me.remove_passkey(passkey.id)


async def test_the_sessions_of_a_user(client: AsyncComserv, server: Server, traffic: Traffic) -> None:
    person = server.person("editor")
    for _ in range(2):
        page = AsyncComserv(server.url, session=True, http_client=traffic.async_client())
        await page.session.sign_in(username=person.username, password=person.password)
    sessions = await client.users.sessions(person.id)
    assert sessions.meta.total_count == 2
    await client.users.end_session(person.id, sessions.data[0].id)
    assert [one.id async for one in client.users.sessions(person.id)] == [sessions.data[1].id]
    await client.users.end_sessions(person.id)
    assert (await client.users.sessions(person.id)).data == []


async def test_requests_for_credentials(
    client: AsyncComserv, server: Server, rig: Rig, traffic: Traffic
) -> None:
    person = server.person("editor")
    page = AsyncComserv(server.url, session=True, http_client=traffic.async_client())
    await page.session.sign_in(username=person.username, password=person.password)
    requests = page.credential_requests
    made = await requests.create(name="Reports", scopes=["documents:read"], reason="Nightly.")
    assert (made.status, made.response.status) == ("pending", 201)
    assert (await client.credential_requests.approve(made.id)).owner_id == person.id
    assert (await requests.get(made.id)).granted_scopes == ["documents:read"]
    assert (await requests.collect(made.id)).client_secret.startswith("cs_live_")
    other = await requests.create(name="Reports", scopes=["read"], reason="Nightly.")
    assert (await client.credential_requests.refuse(other.id, message="No.")).message == "No."
    last = await requests.create(name="Reports", scopes=["read"], reason="Nightly.")
    assert (await requests.withdraw(last.id)).status == "withdrawn"
    assert (await requests.list(requester_id=person.id)).meta.total_count == 3
    await page.session.sign_out()

    open_server = rig.server(COMSERV_KEY_REQUESTS_BY_GUESTS="true")
    guest = AsyncComserv(open_server.url, session=True, http_client=traffic.async_client()).guest_requests
    assert (await guest.access()).allowed
    asked = await guest.create(name="Reports", scopes=["read"], reason="Nightly.", contact="Jane")
    administration = AsyncComserv(
        open_server.url, api_key=open_server.credential().secret, http_client=traffic.async_client()
    )
    await administration.credential_requests.approve(asked.id)
    assert (await guest.read(token=asked.token)).status == "approved"
    assert (await guest.collect(token=asked.token)).scopes == ["read"]


async def test_the_first_administrator(client: AsyncComserv, rig: Rig, traffic: Traffic) -> None:
    fresh = rig.server()
    page = AsyncComserv(fresh.url, session=True, http_client=traffic.async_client())
    assert (await page.setup.get()).needed
    administrator: Setup = {
        "token": "guessed",
        "username": "root",
        "email": "root@example.org",
        "password": PASSWORD,
    }
    with pytest.raises(comserv.AuthenticationFailedError):
        await page.setup.create(**administrator)
    administrator["token"] = fresh.setup_token()
    session = await page.setup.create(**administrator)
    assert (session.user.username, session.user.role) == ("root", "admin")
    assert not (await page.setup.get()).needed
    assert (await page.documents.create(title="The first")).author_id == session.user.id
    assert traffic.of("/api/v1/session") == []


async def test_oauth(client: AsyncComserv, server: Server, traffic: Traffic) -> None:
    _, client_id, secret = server.credential("read")
    oauth = AsyncComserv(
        server.url, client_id=client_id, client_secret=secret, http_client=traffic.async_client()
    ).oauth
    token = await oauth.create_token(scope="users:read")
    assert token.scope == "users:read"
    assert (await oauth.introspect_token(token.access_token)).active
    await oauth.revoke_token(token.access_token)
    assert not (await oauth.introspect_token(token.access_token)).active
    assert "token_endpoint" in await oauth.metadata()
    assert (await client.oauth.user_info()).sub.startswith("cs_client_")
    assert "userinfo_endpoint" in await oauth.open_id_configuration()
    assert "keys" in await oauth.keys()
    with pytest.raises(comserv.ConfigurationError, match="client_id and client_secret"):
        await client.oauth.create_token()


async def test_the_server_itself(client: AsyncComserv) -> None:
    assert (await client.health.live()).status == "ok"
    assert (await client.health.ready()).status == "ok"
    assert (await client.description.open_api())["openapi"].startswith("3.1")
    assert (await client.description.catalog()).tiers[0].name == "standard"


def test_every_operation_was_called_by_one_of_these() -> None:
    paths = json.loads((root / "openapi.json").read_text("utf-8"))["paths"]
    operations = [
        (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "x-sdk" in operation
    ]
    assert len(operations) > 50
    called = {(one.method, re.sub(r"/\d+", "/{}", one.url.path)) for one in seen}
    missing = [
        operation["operationId"]
        for method, path, operation in operations
        if (method, re.sub(r"\{\w+\}", "{}", path)) not in called
    ]
    assert missing == []
