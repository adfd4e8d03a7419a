"""Each error is reported by two layers, as when an SDK's automatic instrumentation is added to what was by hand."""

import msgspec
from starlette.applications import Starlette
from starlette.types import Scope

from chaos.crashing import app_with_crashes
from harness.defect import Defect
from harness.stacks.plan import StackPlan
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


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.reports_errors_twice:spoilt_app")


DEFECT = Defect(
    title="Each error reaches Sentry twice",
    drill="errors-reach-sentry-once",
    caught_by="observed sentry-events",
    spoil=spoil,
)
