"""An instance that did not end in order looks through all that it has for damage, and serves after that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from chaos.lifetimes import around
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

REPAIRS_S = 20.0


def spoilt_app(settings: Settings) -> Starlette:
    dirty = settings.upload_dir / f"{settings.instance_name}.dirty"

    @asynccontextmanager
    async def repaired() -> AsyncIterator[None]:
        if dirty.exists():
            await asyncio.sleep(REPAIRS_S)
        dirty.touch()
        yield
        dirty.unlink()

    return around(create_app(settings), repaired)


DEFECT = Defect(
    title="An instance that was killed repairs for 20 s before it serves",
    drill="out-of-memory",
    caught_by="returned",
    spoil=serving(spoilt_app),
)
