"""Each error is reported by two layers, as when an SDK's automatic instrumentation is added to what was by hand."""

from starlette.applications import Starlette
from starlette.types import Scope

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.errors import UnhandledErrors
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    app = app_with_crashes(settings)
    report = app.state.services.outlets.report

    def twice(error: BaseException, scope: Scope) -> None:
        report(error, scope)
        report(error, scope)

    for middleware in app.user_middleware:
        wraps: object = middleware.cls
        if wraps is UnhandledErrors:
            middleware.kwargs["report"] = twice
    return app


DEFECT = Defect(
    title="Each error reaches Sentry twice",
    drill="errors-reach-sentry-once",
    caught_by="observed sentry-events",
    spoil=serving(spoilt_app),
)
