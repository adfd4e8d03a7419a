"""Posts and the feed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from target.cursor import Cursor
from tests.target.conftest import Serve, register

pytestmark = pytest.mark.asyncio


async def post(client: httpx.AsyncClient, body: str) -> dict[str, Any]:
    answer = await client.post("/posts", json={"body": body})
    assert answer.status_code == 201
    created: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/posts/{created['id']}"
    return created


async def bodies(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/feed", params=params)
    assert answer.status_code == 200
    return [item["body"] for item in answer.json()["items"]]


async def test_an_empty_feed_is_a_page_without_items(ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/feed")).json() == {"items": [], "next_cursor": None}


async def test_a_post_can_be_read_by_its_location(ada: httpx.AsyncClient) -> None:
    created = await post(ada, "Hello, <b>wörld</b> 😀")
    assert created["author"] == {"id": 1, "name": "Ada"}
    assert datetime.fromisoformat(created["created_at"]).tzinfo == UTC
    assert created["created_at"].endswith("Z")
    details = {"likes": 0, "comments": 0, "liked": False}
    assert (await ada.get(f"/posts/{created['id']}")).json() == {**created, **details}
    assert (await ada.get("/feed")).json()["items"] == [created]


async def test_the_newest_comes_first(ada: httpx.AsyncClient) -> None:
    for number in range(3):
        await post(ada, str(number))
    assert await bodies(ada) == ["2", "1", "0"]


async def test_pages_give_every_post_once_while_new_ones_come_in(ada: httpx.AsyncClient, migrated_url: str) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        # Groups of four share a moment: only the id tells them apart.
        conn.execute(
            "insert into posts (author_id, body, created_at)"
            " select 1, n::text, timestamptz '2026-01-01' + (n / 4) * interval '1 microsecond'"
            " from generate_series(1, 25) n"
        )
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 7}
    while True:
        page = (await ada.get("/feed", params=params)).json()
        seen += [item["body"] for item in page["items"]]
        await post(ada, "new on top")
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == [str(number) for number in range(25, 0, -1)]


async def test_a_last_page_that_is_full_has_no_cursor(ada: httpx.AsyncClient) -> None:
    for number in range(2):
        await post(ada, str(number))
    assert (await ada.get("/feed", params={"limit": 2})).json()["next_cursor"] is None
    assert (await ada.get("/feed", params={"limit": 1})).json()["next_cursor"] is not None


async def test_the_second_reader_is_served_from_the_cache(ada: httpx.AsyncClient, migrated_url: str) -> None:
    await post(ada, "kept")
    first = await ada.get("/feed")
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("update posts set body = 'changed behind the cache'")
    assert (await ada.get("/feed")).content == first.content
    metrics = (await ada.get("/metrics")).text
    assert 'cache_hits_total{cache="feed"} 1.0' in metrics
    assert 'cache_misses_total{cache="feed"} 1.0' in metrics


async def test_every_acknowledged_post_is_in_the_feed_at_once_on_every_instance(serve: Serve) -> None:
    async with serve(instance_name="a") as writer, serve(instance_name="b") as reader:
        await register(writer)
        reader.headers["Authorization"] = writer.headers["Authorization"]
        stop = False

        async def read_on() -> None:
            # Other readers fill the cache all the time, with pages that are about to be old.
            while not stop:
                await reader.get("/feed")

        readers = [asyncio.create_task(read_on()) for _ in range(4)]
        try:
            for number in range(60):
                await post(writer, str(number))
                assert (await bodies(reader))[0] == str(number)
        finally:
            stop = True
            await asyncio.gather(*readers)


async def test_many_readers_that_miss_together_ask_the_database_once(ada: httpx.AsyncClient) -> None:
    await post(ada, "one")
    answers = await asyncio.gather(*(ada.get("/feed") for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert 'db_query_duration_seconds_count{query="feed_newest"} 1.0' in (await ada.get("/metrics")).text


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "ten", "", "９", "9" * 5000])
async def test_a_bad_limit_is_refused(ada: httpx.AsyncClient, limit: str) -> None:
    answer = await ada.get("/feed", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "limit"


@pytest.mark.parametrize("cursor", ["", "x", "x" * 22, "é" * 22, "A" * 21 + "=", "A" * 23, "_" * 22, "f" * 22])
async def test_a_bad_cursor_is_refused_or_finds_nothing(ada: httpx.AsyncClient, cursor: str) -> None:
    answer = await ada.get("/feed", params={"cursor": cursor})
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or answer.json()["items"] == []


async def test_a_cursor_reads_back_as_it_was_written() -> None:
    cursor = Cursor(datetime(2026, 11, 24, 4, 5, 6, 789, UTC), 2**63 - 1)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("post_id", ["0", "999", "-1", "one", "1.0", "9" * 19, "9" * 5000, "%00", "1%20or%201=1"])
async def test_a_post_that_cannot_be_is_not_found(ada: httpx.AsyncClient, post_id: str) -> None:
    assert (await ada.get(f"/posts/{post_id}")).status_code == 404


@pytest.mark.parametrize("length", [1, 2000])
async def test_a_post_may_have_2000_characters(ada: httpx.AsyncClient, length: int) -> None:
    assert (await post(ada, "😀" * length))["body"] == "😀" * length


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"body": ""}', 422),
        (b'{"body": "%s"}' % (b"x" * 2001), 422),
        (b'{"body": 1}', 422),
        (b'{"body": null}', 422),
        (b'{"body": "a\\u0000b"}', 422),
        (b'{"body": "a", "id": 1}', 422),
        (b"{}", 422),
        (b"[]", 422),
        (b'"a"', 422),
        (b'{"body": "\xff\xfe"}', 400),
        (b'{"body": "\\ud800"}', 400),
        (b'{"body": "a"', 400),
        (b"body=a", 400),
        (b"", 400),
        (b"[" * 60000, 422),
        (b'{"body": ' + b"[" * 60000, 422),
    ],
)
async def test_a_bad_post_is_refused(ada: httpx.AsyncClient, body: bytes, status: int) -> None:
    answer = await ada.post("/posts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await ada.get("/feed")).json()["items"] == []
