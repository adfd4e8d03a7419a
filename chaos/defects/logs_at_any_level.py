"""LOG_LEVEL is read, and then a debugging session's own setting wins."""

from dataclasses import replace

from starlette.applications import Starlette

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_with_crashes(replace(settings, log_level="debug"))


DEFECT = Defect(
    title="LOG_LEVEL is not heeded",
    drill="log-level-is-heeded",
    caught_by="observed lines-below-level",
    spoil=serving(spoilt_app),
)
