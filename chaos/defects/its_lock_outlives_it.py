"""An instance locks its place by a file, which only an orderly end removes: after a kill it does not start again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from chaos.lifetimes import around
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    lock = settings.upload_dir / f"{settings.instance_name}.lock"

    @asynccontextmanager
    async def alone() -> AsyncIterator[None]:
        settings.upload_dir.mkdir(parents=True, exist_ok=True)
        # Raises when the file is there.
        lock.open("x").close()
        try:
            yield
        finally:
            lock.unlink()

    return around(create_app(settings), alone)


DEFECT = Defect(
    title="An instance that was killed leaves a lock behind, and does not start again",
    drill="kill-instance",
    caught_by="faults",
    spoil=serving(spoilt_app),
)
