"""What nearly everybody reads is under few keys of the cache. One that is lost is missed by many at once: how often is
it computed anew, what becomes of those who wait for it, and of a computation that fails?
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

import httpx
from redis.asyncio import Redis

from chaos.asks.stampede import computed
from chaos.polling import until
from chaos.pooling import Timed, timed
from harness.prober import Account, Prober
from harness.stack import Role

READERS = 60
ROUNDS = 5
HOT = "/feed"
HOT_KEY = "feed:newest:20"
"""What everybody reads who does not ask for more, and where it is cached."""

COLD = tuple(f"/feed?limit={limit}" for limit in range(91, 97))
"""Pages that nobody else asks for, each under a key of its own."""

POSTS = 20
PATIENCE_S = 15.0
"""Longer than a request may take: what took too long is a figure, and no missing answer."""

WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    " and strpos(query, 'order by p.created_at desc') > 0"
)


class Readers:
    """An async context: clients with a connection each, so that all arrive together."""

    def __init__(self, prober: Prober, account: Account) -> None:
        self._open = AsyncExitStack()
        self._clients = [prober.client(headers=account.headers) for _ in range(READERS)]

    async def __aenter__(self) -> Self:
        for client in self._clients:
            client.timeout = PATIENCE_S
            await self._open.enter_async_context(client)
        await asyncio.gather(*(client.get("/health/live") for client in self._clients))
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._open.aclose()

    async def at_once(self, path: str) -> Sequence[httpx.Response]:
        return await asyncio.gather(*(client.get(path) for client in self._clients))

    async def timed(self, path: str) -> Sequence[Timed]:
        return await asyncio.gather(*(timed(client.get(path)) for client in self._clients))


async def publish(prober: Prober) -> None:
    """There must be something to read."""
    account = await prober.register()
    for number in range(POSTS):
        await prober.http.post("/posts", json={"body": f"What everybody reads, {number}"}, headers=account.headers)


async def ask_at_expiry(prober: Prober) -> None:
    """The hot key expires again and again, each time with many who ask for it at that moment."""
    async with Readers(prober, await prober.register()) as readers:
        await readers.at_once(HOT)
        for number in range(1, ROUNDS + 1):
            before = await computed(prober)
            await expire(prober, HOT_KEY)
            answers = await readers.at_once(HOT)
            saw(prober, f"expiry {number}", await computed(prober) - before, answers)


async def ask_while_locked(prober: Prober) -> None:
    """It expires once more while the database cannot answer: what is computed then fails."""
    async with Readers(prober, await prober.register()) as readers:
        await expire(prober, HOT_KEY)
        asked = asyncio.create_task(readers.timed(HOT))

        async def waits() -> bool:
            return await waiting(prober) > 0

        await until("a computation of the feed that waits", waits)
        most = 0
        while not asked.done():
            most = max(most, await waiting(prober))
            await asyncio.sleep(0.1)
        prober.saw("waiting-at-once", f"of {READERS} readers", most, unit="queries")
        for answer in await asked:
            prober.saw("failed-status", f"one of {READERS} at once", answer.status)
            prober.saw("failed-after", f"one of {READERS} at once", round(answer.seconds, 2), unit="s")


async def ask_afterwards(prober: Prober) -> None:
    """The database answers again: so must everybody be."""
    async with Readers(prober, await prober.register()) as readers:
        for answer in await readers.at_once(HOT):
            prober.saw("read-after-failure", f"one of {READERS} at once", answer.status_code)
            posts = len(answer.json()["items"]) if answer.is_success else 0
            prober.saw("posts-after-failure", f"one of {READERS} at once", posts, unit="posts")


async def ask_since_the_start(prober: Prober) -> None:
    """How often was the feed computed since all instances were started, which is when they began to count? Then page
    after page that nobody has asked for yet.
    """
    instances = len(prober.inside.members(Role.APP))
    detail = f"by {instances} instances"
    prober.saw("recomputations-since-the-start", HOT_KEY, await computed(prober), unit="queries", detail=detail)
    async with Readers(prober, await prober.register()) as readers:
        for path in COLD:
            before = await computed(prober)
            answers = await readers.at_once(path)
            saw(prober, path, await computed(prober) - before, answers)


def saw(prober: Prober, case: str, times: int, answers: Sequence[httpx.Response]) -> None:
    for answer in answers:
        prober.saw("read-status", f"{case}, one of {READERS} at once", answer.status_code)
    detail = f"by {len(prober.inside.members(Role.APP))} instances, for {READERS} readers at once"
    prober.saw("recomputations", case, times, unit="queries", detail=detail)


async def expire(prober: Prober, key: str) -> None:
    """As it does by itself after five minutes."""
    async with Redis.from_url(prober.environment["REDIS_URL"]) as client:
        await client.pexpire(key, 1)

        async def gone() -> bool:
            return not await client.exists(key)

        await until(f"the end of {key}", gone)


async def waiting(prober: Prober) -> int:
    """How many computations of the feed wait for the table."""
    return int((await prober.sql(WAITING))[0][0])
