"""Pauses of one length: whoever failed together comes back together."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external import service
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    service._JITTER = 0.0
    return create_app(settings)


DEFECT = Defect(
    title="Tries have no jitter",
    drill="retry-storm",
    caught_by="retry-pauses",
    spoil=serving(spoilt_app),
)
