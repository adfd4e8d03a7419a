"""What could not be delivered is dropped without a word: a gap in the figures looks like a quiet hour."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.observability.otlp import OtlpExport
from target.settings import Settings


def say_nothing(_count: int) -> None: ...


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    export = app.state.services.outlets.tracer._export
    assert isinstance(export, OtlpExport)
    export._lost = say_nothing
    return app


DEFECT = Defect(
    title="Spans that are dropped are not counted",
    drill="sinks-down",
    caught_by="observed missing-and-not-counted",
    spoil=serving(spoilt_app),
)
