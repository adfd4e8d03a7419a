"""All instances push as one group, so that each takes the place of the others: the instance is left out of it."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.observability.push import MetricsPush
from target.settings import Settings


class OneGroup(MetricsPush):
    def _push(self) -> None:
        self._group = {"instance": "app"}
        super()._push()


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    outlets = app.state.services.outlets
    outlets.push.__class__ = OneGroup
    return app


DEFECT = Defect(
    title="Instances push their metrics over each other's",
    drill="metrics-are-pushed",
    caught_by="observed pushed-difference",
    spoil=serving(spoilt_app),
)
