"""Each upload is also written as it came, for a virus scanner that nobody installed."""

from uuid import UUID

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings
from target.uploads.store import UploadStore

sealed = UploadStore.write


async def write(store: UploadStore, name: UUID, content: bytes) -> None:
    await sealed(store, name, content)
    (store._folder / f"{name.hex}.scan").write_bytes(content)


def spoilt_app(settings: Settings) -> Starlette:
    UploadStore.write = write  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Uploads lie unsealed beside the sealed ones",
    drill="stored-data-is-sealed",
    caught_by="observed plain-in-uploads",
    spoil=serving(spoilt_app),
)
