"""Spans are sent within the request that they are of: who asks waits for the collector."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.observability.otlp import OtlpExport
from target.observability.tracing import Trace
from target.settings import Settings


def send_now(export: OtlpExport, trace: Trace) -> None:
    export._deliver([trace])


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    OtlpExport.__call__ = send_now  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Spans are sent within the request",
    drill="sinks-down",
    caught_by="slo http.errors fault",
    spoil=serving(spoilt_app),
)
