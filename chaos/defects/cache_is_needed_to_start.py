"""An instance asks for its cache before it serves, and ends without: it is only missed when both are gone at once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def with_the_cache(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifespan(app) as state:
            if not await app.state.services.cache.ping():
                raise ConnectionError("the cache is not there")
            yield state

    app.router.lifespan_context = with_the_cache  # type: ignore[assignment]
    return app


DEFECT = Defect(
    title="Without its cache an instance does not start",
    drill="cascade",
    caught_by="survived",
    spoil=serving(spoilt_app),
)
