"""A target that answers 500 when the cache is gone: a cache that became a dependency without anybody deciding it."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


class CacheIsRequired:
    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/feed" and not await self._app.state.services.cache.ping():
            await JSONResponse({"title": "Internal Server Error"}, 500)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return CacheIsRequired(create_app(settings))


DEFECT = Defect(
    title="A lost cache is an error", drill="drop-redis", caught_by="slo http.errors fault", spoil=serving(spoilt_app)
)
