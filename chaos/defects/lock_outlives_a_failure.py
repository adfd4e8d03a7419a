"""One instance computes for all, by a lock in Redis; when that fails the lock stays, and everybody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.errors import unavailable
from target.generations import CachedAnswers
from target.settings import Settings

EVERY_S, TRIES = 0.05, 100
HELD_S = 60


class LockedInRedis(CachedAnswers):
    async def _load_once(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        lock = f"{stored_key}:lock"
        for _ in range(TRIES):
            if await self._cache.send("SET", lock, "held", "NX", "EX", HELD_S) == b"OK":
                answer = await self._load_and_store(generation, stored_key, load)
                await self._cache.send("DEL", lock)
                return answer
            await asyncio.sleep(EVERY_S)
            stored = await self._cache.send("GET", stored_key)
            if isinstance(stored, bytes) and stored.startswith(generation + b":"):
                return stored[len(generation) + 1 :]
        raise unavailable("Somebody else computes this.")


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = LockedInRedis
    return app


DEFECT = Defect(
    title="The lock of a computation outlives its failure",
    drill="hot-key",
    caught_by="observed read-after-failure",
    spoil=serving(spoilt_app),
)
