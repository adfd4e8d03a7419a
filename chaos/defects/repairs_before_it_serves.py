"""An instance that did not end in order looks through all that it has for damage, and serves after that."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

REPAIRS_S = 20.0


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    lifespan = app.router.lifespan_context
    dirty = settings.upload_dir / f"{settings.instance_name}.dirty"

    @asynccontextmanager
    async def repaired(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        if dirty.exists():
            await asyncio.sleep(REPAIRS_S)
        dirty.touch()
        async with lifespan(app) as state:
            yield state
        dirty.unlink()

    app.router.lifespan_context = repaired  # type: ignore[assignment]
    return app


DEFECT = Defect(
    title="An instance that was killed repairs for 20 s before it serves",
    drill="out-of-memory",
    caught_by="returned",
    spoil=serving(spoilt_app),
)
