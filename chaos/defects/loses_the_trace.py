"""A layer in front takes only the headers that it knows, and `traceparent` is none of them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.settings import Settings


class DropsTraceparent:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [header for header in scope["headers"] if header[0] != b"traceparent"]
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return DropsTraceparent(app_with_crashes(settings))


DEFECT = Defect(
    title="The caller's trace ends at the service's door",
    drill="one-request-is-one-trace",
    caught_by="observed trace-answered",
    spoil=serving(spoilt_app),
)
