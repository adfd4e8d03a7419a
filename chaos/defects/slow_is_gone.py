"""An instance whose database answers late says that it is not ready: since all have the same one, nobody is."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target import health
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    health._SLOW_SECONDS = 0.0
    health._ANSWER_SECONDS = 0.2
    return create_app(settings)


DEFECT = Defect(
    title="A slow database takes every instance out",
    drill="slow-postgres",
    caught_by="slo http.errors fault",
    spoil=serving(spoilt_app),
)
