"""So many requests a minute and client, whichever instance they come to."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import redis.asyncio

from target.ratelimit import _client
from target.variables import Rate
from tests.target.conftest import Serve, register
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio

FEW = Rate(5, 60)


async def statuses(client: httpx.AsyncClient, times: int, path: str = "/feed", **headers: str) -> list[int]:
    answers = await asyncio.gather(*(client.get(path, headers=headers) for _ in range(times)))
    return [answer.status_code for answer in answers]


async def test_exactly_so_many_pass_on_all_instances_together(serve: Serve) -> None:
    async with serve(rate_limit=FEW) as a, serve(rate_limit=FEW) as b:
        seen = [*await statuses(a, 4), *await statuses(b, 4), *await statuses(a, 4)]
        assert sorted(seen) == [401] * 5 + [429] * 7


async def test_a_refusal_says_when_to_come_back(serve: Serve) -> None:
    async with serve(rate_limit=FEW) as client:
        await register(client)
        first = await client.get("/feed")
        assert first.status_code == 200
        assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("5", "3")
        await statuses(client, 3)
        for _ in range(2):  # by Redis, then by what this instance remembers
            refused = await client.get("/feed")
            assert refused.status_code == 429
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert 50 <= int(refused.headers["Retry-After"]) <= 60
            assert refused.headers["RateLimit-Remaining"] == "0"
            assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]


async def test_the_window_slides(serve: Serve) -> None:
    async with serve(rate_limit=Rate(2, 1)) as client:
        assert await statuses(client, 3) == [401, 401, 429]
        refused = await client.get("/feed")
        assert refused.headers["Retry-After"] == "1"
        # What is waited for is the time that the answer told.
        await asyncio.sleep(1.01)
        assert await statuses(client, 3) == [401, 401, 429]


async def test_logins_are_counted_and_probes_are_not(serve: Serve) -> None:
    async with serve(rate_limit=FEW) as client:
        for _ in range(6):
            answer = await client.post("/auth/login", json={"email": "a@b.de", "password": "guess"})
        assert answer.status_code == 429
        assert await statuses(client, 8, "/health/live") == [200] * 8
        assert await statuses(client, 2, "/metrics") == [200] * 2


async def test_bad_tokens_are_counted(serve: Serve) -> None:
    async with serve(rate_limit=FEW) as client:
        seen = await statuses(client, 8, Authorization="Bearer guessed")
        assert sorted(seen) == [401] * 5 + [429] * 3


@pytest.mark.parametrize(("exempt", "passed"), [((), 5), (("GoogleBot",), 9)])
async def test_an_agent_is_exempt_only_where_it_was_configured(
    serve: Serve, exempt: tuple[str, ...], passed: int
) -> None:
    async with serve(rate_limit=FEW, rate_limit_exempt_agents=exempt) as client:
        seen = await statuses(client, 9, **{"User-Agent": "Mozilla/5.0 (compatible; googlebot/2.1)"})
        assert seen.count(401) == passed


async def test_without_redis_each_instance_counts_for_itself(serve: Serve) -> None:
    lost: dict[str, Any] = {"redis_url": "redis://127.0.0.1:1", "rate_limit": FEW}
    async with serve(**lost) as a, serve(**lost) as b:
        assert sorted(await statuses(a, 8)) == [401] * 5 + [429] * 3
        assert sorted(await statuses(b, 8)) == [401] * 5 + [429] * 3


async def test_a_redis_that_is_cut_off_locks_nobody_out_and_opens_no_door(serve: Serve, redis_url: str) -> None:
    async with wire_to(redis_url) as wire, serve(redis_url=wire.url, rate_limit=FEW) as client:
        assert await statuses(client, 2) == [401] * 2
        await wire.cut()
        assert sorted(await statuses(client, 12)) == [401] * 5 + [429] * 7


async def test_a_flood_costs_redis_nothing(serve: Serve, redis_url: str) -> None:
    async with serve(rate_limit=FEW) as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await statuses(client, 6)
        before = (await server.info("commandstats"))["cmdstat_eval"]["calls"]
        assert await statuses(client, 50) == [429] * 50
        assert (await server.info("commandstats"))["cmdstat_eval"]["calls"] == before


async def test_what_redis_keeps_ends_with_the_window(serve: Serve, redis_url: str) -> None:
    async with serve(rate_limit=FEW) as client, redis.asyncio.Redis.from_url(redis_url) as server:
        await statuses(client, 9)
        (key,) = await server.keys("limit:*")
        assert await server.llen(key) == 5
        assert 50_000 < await server.pttl(key) <= 60_000


async def test_one_client_of_ipv6_is_a_whole_network() -> None:
    assert _client("2001:db8::1") == _client("2001:db8::ffff:1") == "2001:db8::/64"
    assert _client("2001:db8:0:1::1") != _client("2001:db8::1")
    assert _client("::ffff:192.0.2.1") == _client("192.0.2.1") == "192.0.2.1"
    assert _client("") == ""
    assert _client("not:an:address") == "not:an:address"
