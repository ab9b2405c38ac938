from __future__ import annotations

from typing import Any

import pytest
from rig import Process, Rig, root

from comserv import AsyncComserv, ConfigurationError, ConflictError, ExtensionRecord, ResourceNotFoundError


@pytest.fixture(scope="module")
def invoicing(rig: Rig) -> Process:
    """A server that loads the examples of extensions."""
    return rig.process(COMSERV_EXTENSIONS_DIR=str(root / "examples" / "extensions"))


async def test_records_of_an_extension_are_created_read_changed_listed_page_by_page_and_deleted(
    invoicing: Process,
) -> None:
    async with AsyncComserv(invoicing.url, api_key=invoicing.secret) as client:
        invoices = client.resource("invoices")
        made: list[ExtensionRecord] = []
        for number in ["R-001", "R-002", "R-003"]:
            record = {"number": number, "customer": "Ada", "amount_cents": 100, "due_on": "2026-01-31"}
            made.append(await invoices.create(record, idempotency_key=f"key-of-{number}"))
        first = await invoices.get(made[0].id)
        assert first["status"] == "open"
        assert first.created_at == made[0].created_at
        changed = await invoices.update(first.id, {"status": "cancelled"}, if_match=first.response.etag)
        assert changed is not None
        assert changed["status"] == "cancelled"
        listed = invoices.list({"status": "open", "limit": 1, "sort": "created_at"})
        assert [one["number"] async for one in listed] == ["R-002", "R-003"]
        await invoices.delete(first.id)
        with pytest.raises(ResourceNotFoundError):
            await invoices.get(first.id)
        page = await client.resource("invoices/invoices").list()
        assert page.meta.total_count == 2


async def test_many_records_are_changed_at_once_exported_and_restored(invoicing: Process) -> None:
    async with AsyncComserv(invoicing.url, api_key=invoicing.secret) as client:
        invoices = client.resource("invoices")
        data = {"number": "R-101", "customer": "Eva", "amount_cents": 100, "due_on": "2026-01-31"}
        items = [
            {"action": "create", "data": data},
            {"action": "create", "data": {**data, "number": "R-102", "status": "cancelled"}},
            {"action": "create", "data": data},
        ]
        made = await invoices.batch(items, idempotency_key="some-invoices")
        assert [one.status for one in made.data] == [201, 201, 409]
        second, third = made.data[1:]
        assert second.resource is not None
        assert second.resource["number"] == "R-102"
        assert third.error is not None
        assert third.error.code == "conflict"
        assert made.meta.failed == 1
        export = invoices.export({"status": "cancelled"})
        assert [one["number"] async for one in export] == ["R-102"]
        assert second.id is not None
        await invoices.delete(second.id)
        trashed = [one async for one in invoices.trash({"limit": 1}) if one.id == second.id]
        assert [one["number"] for one in trashed] == ["R-102"]
        assert trashed[0].purge_at > trashed[0].deleted_at
        restored = await invoices.restore(second.id, idempotency_key="again")
        assert restored is not None
        assert restored["status"] == "cancelled"
        with pytest.raises(ConflictError):
            await invoices.batch(items, atomic=True)


@pytest.mark.parametrize("name", ["", "Invoices", "../users", "a/b/c", None])
async def test_a_name_that_is_none_is_refused_before_anything_is_sent(name: Any) -> None:
    async with AsyncComserv("http://127.0.0.1:1", api_key="key") as client:
        with pytest.raises(ConfigurationError, match="is named"):
            client.resource(name)


async def test_fields_that_are_none_are_refused_before_anything_is_sent() -> None:
    async with AsyncComserv("http://127.0.0.1:1", api_key="key") as client:
        invoices = client.resource("invoices")
        wrong: Any
        for wrong in (None, [], "x", {1: 2}):
            with pytest.raises(ConfigurationError, match="must be a dict of fields"):
                await invoices.create(wrong)
            with pytest.raises(ConfigurationError, match="must be a dict of fields"):
                await invoices.update(1, wrong)
