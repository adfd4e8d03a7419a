"""The image is built without its version, so every error is of release 0.0.0."""

from dataclasses import replace

from starlette.applications import Starlette

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_with_crashes(replace(settings, app_version="0.0.0"))


DEFECT = Defect(
    title="Errors reach Sentry without their release",
    drill="errors-reach-sentry-once",
    caught_by="observed sentry-context-wrong",
    spoil=serving(spoilt_app),
)
