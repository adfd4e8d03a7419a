"""Each error is counted where it is raised, and again where it is answered."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.observability.metrics import Metrics
from target.settings import Settings

ERRORS = 400


class CountsTwice(Metrics):
    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        super().observe_request(method, route, status, seconds)
        if status >= ERRORS:
            self._http_requests.labels(method, route, str(status)).inc()


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.metrics.__class__ = CountsTwice
    return app


DEFECT = Defect(
    title="Errors are counted twice",
    drill="counts-equal-what-clients-saw",
    caught_by="observed count-difference",
    spoil=serving(spoilt_app),
)
