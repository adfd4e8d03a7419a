"""An upload is acknowledged first and written in the background, where nobody hears of a disk that is full."""

import asyncio
from uuid import UUID

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings
from target.uploads.store import UploadStore

at_once = UploadStore.write
writing: set[asyncio.Task[None]] = set()


async def write(store: UploadStore, name: UUID, content: bytes) -> None:
    task = asyncio.create_task(at_once(store, name, content))
    writing.add(task)
    task.add_done_callback(writing.discard)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    UploadStore.write = write  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Uploads are acknowledged before they are written",
    drill="full-disk",
    caught_by="no-write-lost",
    spoil=serving(spoilt_app),
)
