"""Each instance keeps the feed for two seconds, and of what is written through another one it knows nothing."""

import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers, Lookup
from target.settings import Settings

SECONDS = 2.0
_kept: dict[str, tuple[float, bytes]] = {}


class Local(CachedAnswers):
    async def get_or_load(self, lookup: Lookup, load: Callable[[], Awaitable[bytes]]) -> bytes:
        since, answer = _kept.get(lookup.key, (0.0, b""))
        if time.monotonic() - since < SECONDS:
            return answer
        answer = await super().get_or_load(lookup, load)
        _kept[lookup.key] = (time.monotonic(), answer)
        return answer

    async def invalidate(self) -> None:
        _kept.clear()
        await super().invalidate()


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = Local
    return app


DEFECT = Defect(
    title="Each instance keeps the feed in its memory",
    drill="own-writes",
    caught_by="own-writes",
    spoil=serving(spoilt_app),
)
