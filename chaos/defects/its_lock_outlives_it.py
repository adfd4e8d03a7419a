"""An instance locks its place by a file, which only an orderly end removes: after a kill it does not start again."""

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
    lock = settings.upload_dir / f"{settings.instance_name}.lock"

    @asynccontextmanager
    async def alone(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        settings.upload_dir.mkdir(parents=True, exist_ok=True)
        # Raises when the file is there.
        lock.open("x").close()
        try:
            async with lifespan(app) as state:
                yield state
        finally:
            lock.unlink()

    app.router.lifespan_context = alone  # type: ignore[assignment]
    return app


DEFECT = Defect(
    title="An instance that was killed leaves a lock behind, and does not start again",
    drill="kill-instance",
    caught_by="faults",
    spoil=serving(spoilt_app),
)
