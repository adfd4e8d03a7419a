"""Readiness says yes as long as the process lives, as liveness does: traffic goes on to who has no database."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.health import Readiness
from target.settings import Settings


class Always(Readiness):
    def can_serve(self, checks: dict[str, bool]) -> bool:
        return True


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.readiness.__class__ = Always
    return app


DEFECT = Defect(
    title="Readiness always says yes",
    drill="partition-database",
    caught_by="detected",
    spoil=serving(spoilt_app),
)
