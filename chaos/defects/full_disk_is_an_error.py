"""Nobody thought of a disk that is full: an upload then is a 500, as every bug is."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings
from target.uploads import store


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    store._NO_ROOM = ()  # type: ignore[assignment]
    return create_app(settings)


DEFECT = Defect(
    title="A full disk is answered 500",
    drill="full-disk",
    caught_by="answered fault",
    spoil=serving(spoilt_app),
)
