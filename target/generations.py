"""Cached answers that one write makes invalid together, and that are never served out of date.

A counter in Redis is the generation of all answers of a kind. A writer increases it after its commit and
before it acknowledges. A reader learns the generation *before* it asks the database, and labels what it
stores with that; a stored answer counts only while its label is the current generation. So:

- Who reads after an acknowledgement sees the increased number, finds the old label, and asks the database.
- Who asked the database before the commit, and is slow to store, stores under the old label: nobody reads it.

Reading the generation and the answer is one command, hence one round trip.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from target.cache import Cache, Client, first_generation
from target.observability.metrics import Metrics


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
        cache.register_generation(self._generation_key)

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The stored answer when it is current, else a fresh one."""
        stored_key = f"{self._name}:{key}"
        found = await self._cache.attempt(
            lambda client: cast(Awaitable[list[bytes | None]], client.mget(self._generation_key, stored_key))
        )
        generation, stored = found or (None, None)
        if generation is not None and stored is not None and stored.startswith(generation + b":"):
            self._hits.inc()
            return stored[len(generation) + 1 :]
        self._misses.inc()
        if found is not None and generation is None:
            generation = await self._cache.attempt(self._begin)
        if generation is None:
            return await load()
        return await self._load_once(generation, stored_key, load)

    async def invalidate(self) -> None:
        """Make all stored answers out of date; when Redis is out of reach, as soon as it is back."""
        if await self._cache.attempt(self._increase) is None:
            self._cache.owe_invalidation()

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
        labelled = generation + b":" + answer
        await self._cache.attempt(lambda client: client.set(stored_key, labelled, ex=self._seconds))
        return answer

    async def _begin(self, client: Client) -> bytes | None:
        async with client.pipeline(transaction=False) as pipe:
            pipe.set(self._generation_key, first_generation(), nx=True)
            pipe.get(self._generation_key)
            generation: bytes | None = (await pipe.execute())[1]
            return generation

    async def _increase(self, client: Client) -> bool:
        # Redis may have been wiped or have evicted the counter; started at 1 it would pass the numbers that
        # labels in flight still carry.
        async with client.pipeline(transaction=False) as pipe:
            pipe.set(self._generation_key, first_generation(), nx=True)
            pipe.incr(self._generation_key)
            await pipe.execute()
            return True
