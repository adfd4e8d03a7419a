"""Each instance computes all pages of the feed when it starts, so that no reader need wait: all of them at once do."""

import msgspec
from starlette.applications import Starlette

from chaos.lifetimes import beside
from harness.defect import Defect, serving
from target.app import create_app
from target.paging import Page
from target.posts.queries import feed_page
from target.settings import Settings

PAGES = range(1, 101)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts = app.state.services

    async def warm_up() -> None:
        for limit in PAGES:
            await parts.feed.get_or_load(parts.feed.look_up(f"newest:{limit}"), lambda limit=limit: load(limit))

    async def load(limit: int) -> bytes:
        return msgspec.json.encode(await feed_page(parts.database, Page(limit=limit)))

    return beside(app, warm_up)


DEFECT = Defect(
    title="Each instance computes everything that may be read when it starts",
    drill="cold-cache",
    caught_by="observed recomputations-since-the-start",
    spoil=serving(spoilt_app),
)
