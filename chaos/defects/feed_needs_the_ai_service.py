"""The feed is put in order by the AI service: while its breaker is open there is no feed either."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.external.breaker import State
from target.external.service import ExternalService
from target.settings import Settings


class Ordered:
    def __init__(self, app: ASGIApp, by: ExternalService) -> None:
        self._app = app
        self._by = by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/feed" and self._by._breaker.state is State.OPEN:
            await Response("There is nobody to put the feed in order.", 503)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.user_middleware.append(Middleware(Ordered, by=app.state.services.ai))
    return app


DEFECT = Defect(
    title="The feed is not served while the AI service's breaker is open",
    drill="breaker",
    caught_by="answered fault",
    spoil=serving(spoilt_app),
)
