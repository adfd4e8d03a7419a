"""A computation is forgotten once it has succeeded: one that failed is joined by everybody who comes later."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings


class Kept(CachedAnswers):
    async def _load_once(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        task = self._loading.get((generation, stored_key))
        if task is None:
            task = asyncio.create_task(self._load_and_store(generation, stored_key, load))
            self._loading[generation, stored_key] = task
        answer = await asyncio.shield(task)
        self._loading.pop((generation, stored_key), None)
        return answer


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = Kept
    return app


DEFECT = Defect(
    title="A failed computation is kept for those who come later",
    drill="hot-key",
    caught_by="observed read-after-failure",
    spoil=serving(spoilt_app),
)
