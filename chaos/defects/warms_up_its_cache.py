"""Each instance computes all pages of the feed when it starts, so that no reader need wait: all of them at once do."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.paging import Page
from target.posts.queries import feed_page
from target.settings import Settings

PAGES = range(1, 101)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts = app.state.services
    lifespan = app.router.lifespan_context

    async def warm_up() -> None:
        for limit in PAGES:
            await parts.feed.get_or_load(parts.feed.look_up(f"newest:{limit}"), lambda limit=limit: load(limit))

    async def load(limit: int) -> bytes:
        return msgspec.json.encode(await feed_page(parts.database, Page(limit=limit)))

    @asynccontextmanager
    async def with_a_warm_cache(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifespan(app) as state:
            warming = asyncio.create_task(warm_up())
            yield state
            warming.cancel()

    app.router.lifespan_context = with_a_warm_cache  # type: ignore[assignment]
    return app


DEFECT = Defect(
    title="Each instance computes everything that may be read when it starts",
    drill="cold-cache",
    caught_by="observed recomputations-since-the-start",
    spoil=serving(spoilt_app),
)
