"""The cache lost, hung, wiped and restarted: no client hears of it, and nothing old is served."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
import redis.asyncio

from target.generations import first_generation
from tests.target.conftest import Serve, register, until
from tests.target.test_feed import bodies, post
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio


async def hits(client: httpx.AsyncClient) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("cache_hits_total"))


async def generation(server: redis.asyncio.Redis) -> int:
    value = await server.get("feed:generation")
    assert value is not None
    return int(value)


async def _hit_again(client: httpx.AsyncClient) -> bool:
    before = await hits(client)
    await asyncio.sleep(0.05)
    await client.get("/feed")
    return await hits(client) > before


async def test_without_a_cache_everything_works(serve: Serve) -> None:
    async with serve(redis_url="redis://127.0.0.1:1") as client:
        await register(client)
        await post(client, "one")
        assert await bodies(client) == ["one"]
        metrics = (await client.get("/metrics")).text
        assert "cache_errors_total 0.0" not in metrics
        assert 'cache_misses_total{cache="feed"} 1.0' in metrics


async def test_a_cache_that_hangs_costs_one_time_out_and_not_one_each(serve: Serve, redis_url: str) -> None:
    async with wire_to(redis_url) as wire, serve(redis_url=wire.url) as client:
        await register(client)
        await bodies(client)
        wire.stall()
        started = time.monotonic()
        for _ in range(20):
            await bodies(client)
        assert time.monotonic() - started < 1.5
        await wire.mend()
        await until(lambda: _hit_again(client))


async def test_a_post_during_an_outage_is_seen_after_it(serve: Serve, redis_url: str) -> None:
    async with wire_to(redis_url) as wire, serve(redis_url=wire.url) as client:
        await register(client)
        await post(client, "before")
        assert await bodies(client) == ["before"]
        await wire.cut()
        await post(client, "during")
        assert await bodies(client) == ["during", "before"]
        await wire.mend()
        # What is in the cache is the page from before: it must not come back with it.
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert await bodies(client) == ["during", "before"]
        await until(lambda: _hit_again(client))


async def test_an_instance_that_noticed_an_outage_does_not_believe_what_was_cached(
    serve: Serve, redis_url: str
) -> None:
    async with wire_to(redis_url) as wire, serve(redis_url=wire.url) as a, serve(redis_url=wire.url) as b:
        await register(a)
        b.headers["Authorization"] = a.headers["Authorization"]
        await post(a, "before")
        assert await bodies(b) == ["before"]
        await wire.cut()
        await post(a, "during")
        await b.get("/health/ready")
        await wire.mend()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert await bodies(b) == ["during", "before"]


async def test_a_wiped_cache_starts_above_all_earlier_generations(serve: Serve, redis_url: str) -> None:
    async with serve() as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await register(client)
        await post(client, "one")
        earlier = await generation(server)
        await server.flushdb()
        await post(client, "two")
        assert await generation(server) > earlier
        assert await bodies(client) == ["two", "one"]
        await server.flushdb()
        assert await bodies(client) == ["two", "one"]
        assert await generation(server) > earlier


async def test_a_slow_reader_does_not_store_over_a_newer_generation(serve: Serve, redis_url: str) -> None:
    async with serve() as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await register(client)
        await post(client, "one")
        await bodies(client)
        old_page = await server.get("feed:newest:20")
        assert old_page is not None
        await post(client, "two")
        await server.set("feed:newest:20", old_page)
        assert await bodies(client) == ["two", "one"]


async def test_what_is_stored_expires(serve: Serve, redis_url: str) -> None:
    async with serve() as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await register(client)
        await bodies(client)
        assert 290 < await server.ttl("feed:newest:20") <= 300


async def test_a_server_that_restarted_with_an_old_snapshot_is_not_believed(serve: Serve, redis_url: str) -> None:
    async with serve() as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await register(client)
        await bodies(client)
        before = await generation(server)
    # To a new instance the server is one that it has not seen yet, as a restarted one is to an old instance.
    async with serve() as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await client.get("/health/ready")
        assert before < await generation(server) < first_generation() + 1
