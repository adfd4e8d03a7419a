"""Traces go out whether they were switched off or not, as when the switch is read under another name."""

from dataclasses import replace

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return create_app(replace(settings, otel_disabled=False))


DEFECT = Defect(
    title="OTEL_SDK_DISABLED is not heeded",
    drill="tracing-can-be-off",
    caught_by="observed disabled-spans",
    spoil=serving(spoilt_app),
)
