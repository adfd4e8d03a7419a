"""The context is lost between the server's span and the handler, as when a handler runs in a thread of its own."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.observability.tracing import current_span
from target.settings import Settings


class LosesContext:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        current_span.set(None)
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> Starlette:
    app = app_with_crashes(settings)
    app.user_middleware.append(Middleware(LosesContext))
    return app


DEFECT = Defect(
    title="What a request does in SQL and Redis is not part of its trace",
    drill="one-request-is-one-trace",
    caught_by="observed trace-kinds-missing",
    spoil=serving(spoilt_app),
)
