"""What a request asks of Redis travels together, and nothing of it is used before the caller is admitted."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from target.redis.pipeline import Connection
from target.variables import Rate
from tests.target.conftest import Serve, register

pytestmark = pytest.mark.asyncio


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went out in each write to Redis."""
    seen: list[int] = []
    flush = Connection._flush

    def counted(self: Connection) -> None:
        seen.append(len(self._unsent))
        flush(self)

    monkeypatch.setattr(Connection, "_flush", counted)
    return seen


async def test_a_read_from_the_cache_is_one_round_trip(ada: httpx.AsyncClient, writes: list[int]) -> None:
    await ada.get("/feed")
    writes.clear()
    answer = await ada.get("/feed")
    assert answer.status_code == 200
    # The count, the revocations, the generation with the stored page.
    assert writes == [3]
    assert int(answer.headers["RateLimit-Remaining"]) > 0


async def test_requests_that_come_together_share_it(ada: httpx.AsyncClient, writes: list[int]) -> None:
    await ada.get("/feed")
    writes.clear()
    await asyncio.gather(*(ada.get("/feed") for _ in range(20)))
    assert sum(writes) == 60
    assert len(writes) < 10


async def test_what_is_wrong_with_a_query_is_told_to_those_only_who_may_ask(client: httpx.AsyncClient) -> None:
    assert (await client.get("/feed", params={"limit": "ten"})).status_code == 401
    await register(client)
    assert (await client.get("/feed", params={"limit": "ten"})).status_code == 422


async def test_the_handler_does_not_act_for_those_who_are_over_the_limit(serve: Serve) -> None:
    async with serve(rate_limit=Rate(3, 60)) as client:
        await register(client)
        posts = [(await client.post("/posts", json={"body": "again"})).status_code for _ in range(4)]
        assert posts == [201, 201, 429, 429]
    async with serve() as reader:
        reader.headers["Authorization"] = client.headers["Authorization"]
        assert len((await reader.get("/feed")).json()["items"]) == 2
