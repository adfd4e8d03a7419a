"""Cached answers that one write makes invalid together, and that are never served out of date.

A counter in Redis is the generation of all answers of a kind. A writer increases it after its commit and
before it acknowledges. A reader learns the generation *before* it asks the database, and labels what it
stores with that; a stored answer counts only while its label is the current generation. So:

- Who reads after an acknowledgement sees the increased number, finds the old label, and asks the database.
- Who asked the database before the commit, and is slow to store, stores under the old label: nobody reads it.

Reading the generation and the answer is one command, hence one round trip; `look_up` sends it together with
whatever else the request has to ask, before anybody waits.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterable

from target.cache import Cache, RedisSpan
from target.observability.metrics import Metrics
from target.redis.address import Command
from target.redis.pipeline import Reply

_INVALIDATE, _STORE = RedisSpan("invalidate"), RedisSpan("store")


class Lookup:
    """What was asked of the cache for one answer, and is on its way."""

    __slots__ = ("key", "reply")

    def __init__(self, key: str, reply: Future[Reply]) -> None:
        self.key = key
        self.reply = reply


class CachedAnswers:
    """Encoded answers of one kind, by key."""

    def __init__(self, cache: Cache, metrics: Metrics, name: str, seconds: int = 300) -> None:
        self._cache = cache
        self._name = name
        self._seconds = seconds
        self._generation_key = f"{name}:generation"
        self._hits = metrics.cache_hits.labels(name)
        self._misses = metrics.cache_misses.labels(name)
        self._loading: dict[tuple[bytes, str], asyncio.Task[bytes]] = {}
        cache.make_up_with(self._increased)

    def look_up(self, key: str) -> Lookup:
        """Ask the cache now; `get_or_load` takes the answer."""
        stored_key = f"{self._name}:{key}"
        return Lookup(stored_key, self._cache.send("MGET", self._generation_key, stored_key))

    async def get_or_load(self, lookup: Lookup, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The stored answer when it is current, else a fresh one."""
        reply = await lookup.reply
        failed = self._cache.failed(reply)
        generation, stored = (None, None) if failed else reply
        if generation is not None and stored is not None and stored.startswith(generation + b":"):
            self._hits.inc()
            return stored[len(generation) + 1 :]  # type: ignore[no-any-return]
        self._misses.inc()
        if generation is None and not failed:
            generation = await self._begin()
        if generation is None:
            return await load()
        return await self._load_once(generation, lookup.key, load)

    async def invalidate(self) -> None:
        """Make all stored answers out of date; when Redis is out of reach, as soon as it is back."""
        span = _INVALIDATE.begin()
        try:
            replies = [await reply for reply in [self._cache.send(*command) for command in self._increased()]]
        finally:
            span.end()
        if any(self._cache.failed(reply) for reply in replies):
            self._cache.owe()

    async def _load_once(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        # After a write many readers miss at once; one query serves those of the same generation. Joining one
        # that is under way is safe: it began after its generation did, hence after the write that began it.
        task = self._loading.get((generation, stored_key))
        if task is None:
            task = asyncio.create_task(self._load_and_store(generation, stored_key, load))
            self._loading[generation, stored_key] = task
            task.add_done_callback(lambda _: self._loading.pop((generation, stored_key), None))
        # Shielded, for one reader that leaves must not take the answer from the others.
        return await asyncio.shield(task)

    async def _load_and_store(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        answer = await load()
        span = _STORE.begin()
        try:
            reply = await self._cache.send("SET", stored_key, generation + b":" + answer, "EX", self._seconds)
        finally:
            span.end()
        self._cache.failed(reply)
        return answer

    async def _begin(self) -> bytes | None:
        self._cache.send("SET", self._generation_key, first_generation(), "NX")
        reply = await self._cache.send("GET", self._generation_key)
        return None if self._cache.failed(reply) else reply

    def _increased(self) -> Iterable[Command]:
        # Redis may have been wiped or have evicted the counter; started at 1 it would pass the numbers that
        # labels in flight still carry.
        yield ("SET", self._generation_key, first_generation(), "NX")
        yield ("INCR", self._generation_key)


def first_generation() -> int:
    """Where a lost counter starts again: above any number that it can have had before it was lost."""
    return time.time_ns() // 1000
