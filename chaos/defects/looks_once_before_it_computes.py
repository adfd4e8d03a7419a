"""A lock for each key, and no second look once it is had: those who have waited compute what is there by then."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings

_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


class Locked(CachedAnswers):
    async def _load_once(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        async with _locks[stored_key]:
            return await self._load_and_store(generation, stored_key, load)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = Locked
    return app


DEFECT = Defect(
    title="Who has waited for a computation computes once more",
    drill="hot-key",
    caught_by="observed recomputations",
    spoil=serving(spoilt_app),
)
