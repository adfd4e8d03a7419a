"""A revoked token is refused everywhere, at once or as soon as Redis is back."""

from __future__ import annotations

import httpx
import jwt
import pytest
import redis.asyncio

from target.cache import Cache
from target.observability.metrics import Metrics
from target.revocations import Revocations
from tests.target.conftest import SECRET, Serve, register, until
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio


def claims(client: httpx.AsyncClient) -> dict[str, str]:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    found: dict[str, str] = jwt.decode(token, SECRET, ["HS256"], issuer="target")
    return found


def service(url: str) -> tuple[Cache, Revocations]:
    cache = Cache(url, Metrics())
    return cache, Revocations(cache)


async def held(revocations: Revocations, *ids: str) -> bool:
    return revocations.holds(await revocations.look_up(*ids), *ids)


@pytest.mark.parametrize("claim", ["jti", "fam"])
async def test_a_token_is_refused_for_itself_and_for_its_family(serve: Serve, redis_url: str, claim: str) -> None:
    async with serve() as a, serve() as b:
        await register(a)
        b.headers["Authorization"] = a.headers["Authorization"]
        assert (await b.get("/feed")).status_code == 200
        cache, revocations = service(redis_url)
        await revocations.revoke(claims(a)[claim], 60)
        for client in (a, b):
            answer = await client.get("/feed")
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        await cache.close()


async def test_it_lasts_as_long_as_the_token_would(settings: object, redis_url: str) -> None:
    cache, revocations = service(redis_url)
    async with redis.asyncio.Redis.from_url(redis_url) as server:
        await revocations.revoke("short", 60)
        assert 55 < await server.ttl("revoked:short") <= 60
        assert await held(revocations, "another", "short")
        assert not await held(revocations, "another")
    await cache.close()


async def test_one_made_during_an_outage_holds_here_at_once_and_elsewhere_after_it(
    settings: object, redis_url: str
) -> None:
    other_cache, elsewhere = service(redis_url)
    async with wire_to(redis_url) as wire:
        cache, here = service(wire.url)
        assert not await held(here, "stolen")
        await wire.cut()
        await here.revoke("stolen", 60)
        assert await held(here, "stolen")
        assert not await held(here, "innocent")
        assert not await held(elsewhere, "stolen")
        await wire.mend()
        await until(lambda: held(elsewhere, "stolen"))
        await cache.close()
    await other_cache.close()


async def test_a_redis_that_lost_them_gets_them_again(settings: object, redis_url: str) -> None:
    async with wire_to(redis_url) as wire, redis.asyncio.Redis.from_url(redis_url) as server:
        cache, here = service(wire.url)
        await here.revoke("stolen", 60)
        await server.flushdb()
        await wire.cut()
        await cache.ping()
        await wire.mend()

        async def there() -> bool:
            return bool(await server.exists("revoked:stolen"))

        await until(there)
        await cache.close()


async def test_memory_is_bounded(settings: object, redis_url: str) -> None:
    cache = Cache("redis://127.0.0.1:1", Metrics())
    revocations = Revocations(cache, remembered=3)
    for number in range(5):
        await revocations.revoke(str(number), 60)
    assert [await held(revocations, str(number)) for number in range(5)] == [False, False, True, True, True]
    await cache.close()
