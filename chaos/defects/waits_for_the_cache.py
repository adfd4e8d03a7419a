"""The cache is waited for without end: a Redis that is gone refuses, and one behind a partition says nothing."""

import sys

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.redis import pipeline
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pipeline._PATIENCE_TICKS = sys.maxsize  # type: ignore[misc]
    return create_app(settings)


DEFECT = Defect(
    title="The cache is waited for as long as it takes",
    drill="partition-cache",
    caught_by="kept-serving",
    spoil=serving(spoilt_app),
)
