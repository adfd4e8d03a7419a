"""Errors tell a trace id that is made for the answer, and that no log line knows."""

import uuid

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.observability.tracing import current_trace_id
from target.settings import Settings


class RenamesTheTrace:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        current_trace_id.set(uuid.uuid4().hex)
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> Starlette:
    app = app_with_crashes(settings)
    app.user_middleware.append(Middleware(RenamesTheTrace))
    return app


DEFECT = Defect(
    title="An error's trace id is in no log line",
    drill="errors-have-one-shape",
    caught_by="observed error-logged",
    spoil=serving(spoilt_app),
)
