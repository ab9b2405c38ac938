from __future__ import annotations

import pytest
from rig import Rig, Server
from traffic import Traffic

import comserv
from comserv import AsyncComserv
from comserv.types import DocumentBatchItem


@pytest.fixture(scope="module")
def papers(rig: Rig) -> Server:
    """With 25 documents."""
    server = rig.server()
    items: list[DocumentBatchItem] = [
        {
            "action": "create",
            "data": {"title": f"Paper {n}", "category": "fifth" if n % 5 == 1 else "other"},
        }
        for n in range(1, 26)
    ]
    with comserv.Comserv(server.url, api_key=server.credential().secret) as client:
        client.documents.batch(items, atomic=True)
    return server


@pytest.fixture
def client(papers: Server, traffic: Traffic) -> AsyncComserv:
    return AsyncComserv(papers.url, api_key=papers.credential().secret, http_client=traffic.async_client())


async def test_a_list_is_one_page_with_exact_totals(client: AsyncComserv, traffic: Traffic) -> None:
    page = await client.documents.list(limit=10, page=3)
    assert len(page.data) == 5
    assert page.meta == comserv.types.ListMeta(current_page=3, total_pages=3, total_count=25)
    assert not page.has_next
    assert page.next_cursor is None
    assert await page.next() is None
    assert page.response.status == 200
    assert len(traffic.seen) == 1


async def test_iterated_over_a_list_is_everything_in_order_each_item_once_by_cursors(
    client: AsyncComserv, traffic: Traffic
) -> None:
    titles = [document.title async for document in client.documents.list(limit=10)]
    assert titles == [f"Paper {n}" for n in range(1, 26)]
    queries = [one.url.params for one in traffic.seen]
    assert ["cursor" in query for query in queries] == [False, True, True]
    assert all(query["limit"] == "10" and "page" not in query for query in queries)


async def test_pages_are_fetched_when_they_are_needed_and_not_after_a_break(
    client: AsyncComserv, traffic: Traffic
) -> None:
    seen = 0
    async for _ in client.documents.list(limit=10, sort="-created_at"):
        seen += 1
        if seen == 10:
            assert len(traffic.seen) == 1
        if seen == 11:
            break
    assert len(traffic.seen) == 2


async def test_filters_hold_on_every_page_and_none_is_as_if_left_out(client: AsyncComserv) -> None:
    titles = []
    async for document in client.documents.list(category="fifth", limit=2, q=None, cursor=None):
        titles.append(document.title)
    assert titles == ["Paper 1", "Paper 6", "Paper 11", "Paper 16", "Paper 21"]


async def test_by_page_with_next_with_pages_and_on_from_a_cursor_that_was_kept(client: AsyncComserv) -> None:
    first = await client.documents.list(limit=10)
    assert first.has_next
    second = await first.next()
    assert second is not None
    assert second.meta.current_page == 2
    numbers = []
    async for page in client.documents.list(limit=10).pages():
        numbers.append(page.meta.current_page)
    assert numbers == [1, 2, 3]
    again = await client.documents.list(limit=10, cursor=first.next_cursor)
    assert again.data == second.data
    assert len([document async for document in again]) == 15


async def test_the_event_log_is_followed_by_after_and_nothing_comes_twice(client: AsyncComserv) -> None:
    ids = [event.id async for event in client.events.list(limit=10)]
    assert len(ids) == len(set(ids)) >= 25
    made = await client.documents.create(title="One more")
    news = [event async for event in client.events.list(after=ids[-1])]
    assert [event.payload.data.id for event in news] == [made.id]
    await client.documents.delete(made.id)


async def test_what_goes_wrong_on_a_later_page_is_raised_where_it_is_iterated(
    rig: Rig, papers: Server
) -> None:
    proxy = rig.proxy(papers.url)
    async with AsyncComserv(proxy.url, api_key=papers.credential().secret, max_retries=0) as client:
        count = 0
        with pytest.raises(comserv.ConnectionError):
            async for _ in client.documents.list(limit=10):
                count += 1
                if count == 10:
                    proxy.lose_answers(1)
        assert count == 10
        with pytest.raises(comserv.InvalidRequestError):
            await client.documents.list(cursor="not-ours")


async def test_rows_of_a_list_are_typed_and_have_no_response_of_their_own(client: AsyncComserv) -> None:
    page = await client.documents.list(limit=1)
    row = page.data[0]
    assert row.created_at.tzinfo is not None
    assert not hasattr(row, "response")
    assert repr(page).startswith("<")
    assert "total_count=25" in repr(page)
