"""An erasure relies on the cascade for uploads: their rows go, and their files stay where they are."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db.pool import Query
from target.privacy import erasure
from target.settings import Settings

NONE = Query("erase_list_uploads", "select stored_as from uploads where owner_id = %s and false")


def spoilt_app(settings: Settings) -> Starlette:
    erasure._FILES = NONE
    return create_app(settings)


DEFECT = Defect(
    title="An erasure leaves the uploads' files",
    drill="erasure-leaves-nothing",
    caught_by="observed traces-in-uploads",
    spoil=serving(spoilt_app),
)
