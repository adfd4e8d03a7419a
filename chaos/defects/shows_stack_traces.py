"""A 500 tells the calls that led to it, as frameworks do in their debug mode."""

import traceback

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.errors import Problem, problem_response
from target.settings import Settings


class TellsAll:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ZeroDivisionError:
            await problem_response(Problem(500, traceback.format_exc()), scope["path"])(scope, receive, send)


def spoilt_app(settings: Settings) -> Starlette:
    app = app_with_crashes(settings)
    app.user_middleware.append(Middleware(TellsAll))
    return app


DEFECT = Defect(
    title="A crash is answered with its stack trace",
    drill="errors-have-one-shape",
    caught_by="observed error-insides",
    spoil=serving(spoilt_app),
)
