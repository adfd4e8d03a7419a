"""What cannot be delivered is kept until it can be, without a bound."""

from http import HTTPStatus
from time import monotonic

import urllib3
from starlette.applications import Starlette

from chaos.resolved import resolved
from harness.defect import Defect, serving
from target.app import create_app
from target.observability.tracing import Trace
from target.settings import Settings

# Of spans with all that their context holds: requests, rows, local variables.
EACH = 1024 * 1024
ASKED_EVERY_S = 0.5


class Keeps:
    """Stands in front of the exporter."""

    def __init__(self, export: object, collector: str) -> None:
        self._export = export
        self._health = f"{resolved(collector)}/health"
        self._lives = True
        self._asked = 0.0
        self._kept: list[tuple[Trace, bytes]] = []
        self._http = urllib3.PoolManager(timeout=0.2, retries=False)

    def __call__(self, trace: Trace) -> None:
        assert callable(self._export)
        if not self._collector_lives():
            self._kept.append((trace, b"\x01" * EACH))
            return
        self._kept.clear()
        self._export(trace)

    def _collector_lives(self) -> bool:
        if monotonic() > self._asked + ASKED_EVERY_S:
            self._asked = monotonic()
            try:
                self._lives = self._http.request("GET", self._health).status == HTTPStatus.OK
            except (urllib3.exceptions.HTTPError, OSError):
                self._lives = False
        return self._lives


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    tracer = app.state.services.outlets.tracer
    tracer._export = Keeps(tracer._export, settings.otlp_endpoint or "")
    return app


DEFECT = Defect(
    title="Spans that cannot be delivered are kept without a bound",
    drill="lose-telemetry",
    caught_by="grew app fault",
    spoil=serving(spoilt_app),
)
