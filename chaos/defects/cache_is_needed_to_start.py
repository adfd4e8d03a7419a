"""An instance asks for its cache before it serves, and ends without: it is only missed when both are gone at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from chaos.lifetimes import within
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)

    @asynccontextmanager
    async def with_the_cache() -> AsyncIterator[None]:
        if not await app.state.services.cache.ping():
            raise ConnectionError("the cache is not there")
        yield

    return within(app, with_the_cache)


DEFECT = Defect(
    title="Without its cache an instance does not start",
    drill="cascade",
    caught_by="survived",
    spoil=serving(spoilt_app),
)
