"""The cases that all client libraries share."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from rig import Rig, root

from comserv import ApiError, AsyncComserv, Comserv, WebhookVerificationError, errors, verify_webhook
from comserv._error_mapping import api_error_of, error_classes
from comserv._options import ClientCredentials
from comserv._paging import next_query_of
from comserv._retry import Answered, retry_delay_ms
from comserv._secret import Secret
from comserv._stream_messages import StreamReader
from comserv._token_store import StoredToken


def cases_of(file: str) -> list[Any]:
    cases = json.loads((root / "sdk/vectors" / file).read_text("utf-8"))["cases"]
    assert cases
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", cases_of("signatures.json"))
def test_signatures(case: dict[str, Any]) -> None:
    body, headers, secret = case["body"], case["headers"], case["secret"]
    expected = case["expected"]
    in_bytes = [(name.encode(), value.encode()) for name, value in headers.items()]
    for form in (body, body.encode(), bytearray(body.encode())):
        for given in (headers, httpx.Headers(headers), list(headers.items()), in_bytes):
            arguments = (form, given, secret, case.get("tolerance_seconds", 300))
            accepts = case.get("accept_body_signature", False)
            if "failed_check" in expected:
                with pytest.raises(WebhookVerificationError) as raised:
                    verify_webhook(*arguments, now=lambda: case["now"], accept_body_signature=accepts)
                assert raised.value.check == expected["failed_check"]
                assert len(str(secret)) < 16 or str(secret) not in str(raised.value)
            else:
                event = verify_webhook(*arguments, now=lambda: case["now"], accept_body_signature=accepts)
                assert (event.event, event.id) == (expected["event"], expected.get("id"))
                sent = expected.get("standard") or json.loads(body)
                data = sent["data"]
                assert all(getattr(event.data, name, data[name]) == data[name] for name in data)
                assert getattr(event, "previous", None) == sent.get("previous")


@pytest.mark.parametrize("case", cases_of("retries.json"))
def test_retries(case: dict[str, Any]) -> None:
    failure = None
    if case["failure"] == "answer":
        failure = Answered(case["status"], case["headers"].get("retry-after"))
    delay_ms = retry_delay_ms(failure, retries=case["retries"], now=case["now"], random=case["random"])
    assert delay_ms == case["expected"]["delay_ms"]


@pytest.mark.parametrize("case", cases_of("paging.json"))
def test_paging(case: dict[str, Any]) -> None:
    assert next_query_of(case["link"]) == case["expected"]["next"]


@pytest.mark.parametrize("case", cases_of("errors.json"))
def test_errors(case: dict[str, Any]) -> None:
    error = api_error_of(case["status"], httpx.Headers(case["headers"]), case["body"], case["now"])
    limit = error.rate_limit
    assert {
        "error": type(error).__name__,
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "request_id": error.request_id,
        "rate_limit": None
        if limit is None
        else {
            "limit": limit.limit,
            "remaining": limit.remaining,
            "reset": limit.reset_at.timestamp(),
        },
        "retry_after_seconds": error.retry_after_seconds,
    } == case["expected"]
    assert error.details in str(error)


@pytest.mark.parametrize("case", cases_of("streams.json"))
def test_streams(case: dict[str, Any]) -> None:
    # Whole, and byte by byte.
    for size in (1_000, 1):
        reader = StreamReader()
        messages = [
            {"event": message.event, "data": message.data, "id": message.id}
            for chunk in case["chunks"]
            for begin in range(0, len(chunk.encode()), size)
            for message in reader.read(chunk.encode()[begin : begin + size])
        ]
        found = {"messages": messages, "last_id": reader.last_id, "retry_ms": reader.retry_ms}
        assert found == case["expected"]


def test_every_code_has_its_class_and_every_class_its_code() -> None:
    codes = {case.values[0]["name"] for case in cases_of("errors.json")}
    assert set(error_classes) <= codes
    classes = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, ApiError)}
    assert classes - {ApiError} == set(error_classes.values())


@pytest.mark.parametrize("case", cases_of("exports.json"))
async def test_exports(case: dict[str, Any], rig: Rig) -> None:
    url = rig.strange({"raw": case["raw"]}).url
    expected = case["expected"]
    with Comserv(url, api_key="key", max_retries=0) as client:
        whole = client.categories.export()
        if "text" in expected:
            assert whole.text("ndjson") == expected["text"]
            assert [one.id for one in whole] == expected["records"]
        else:
            with pytest.raises(errors.ConnectionError, match="^" + re.escape(expected["text_error"])):
                whole.text("ndjson")
            with pytest.raises(errors.ConnectionError, match="^" + re.escape(expected["records_error"])):
                list(whole)
    async with AsyncComserv(url, api_key="key", max_retries=0) as client:
        again = client.categories.export()
        if "text" in expected:
            assert await again.text("ndjson") == expected["text"]
            assert [one.id async for one in again] == expected["records"]
        else:
            with pytest.raises(errors.ConnectionError, match="^" + re.escape(expected["text_error"])):
                await again.text("ndjson")
            with pytest.raises(errors.ConnectionError, match="^" + re.escape(expected["records_error"])):
                [one async for one in again]


def test_a_response_that_is_cut_off_says_so(rig: Rig) -> None:
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
    url = rig.strange({"raw": [head + '{"id":']}).url
    with (
        Comserv(url, api_key="key", max_retries=0) as client,
        pytest.raises(errors.ConnectionError, match=r"^The response was cut off while it was read: ."),
    ):
        client.users.get(1)


@pytest.mark.parametrize("case", cases_of("token-entries.json"))
def test_token_entries(case: dict[str, Any]) -> None:
    client = ClientCredentials(case["client_id"], Secret(case["client_secret"]), case["scope"])
    stored = StoredToken(client, case["base_url"])
    expected = case["expected"]
    assert stored.name == expected["name"]
    for entry in (case["entry"], case["entry"].encode()):
        found = stored.token_in(entry, case["now"])
        assert (found and found[0]) == expected["token"]
        if found:
            assert stored.entry_of(*found) == case["entry"]
