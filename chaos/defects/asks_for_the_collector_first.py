"""Before each request an instance asks whether the collector of traces is there, and waits 0.3 s for it."""

import asyncio
from contextlib import suppress

import urllib3
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.resolved import resolved
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

WAITS_S = 0.3


class AsksFirst:
    def __init__(self, app: ASGIApp, collector: str) -> None:
        self._app = app
        self._url = f"{resolved(collector)}/health"
        self._http = urllib3.PoolManager(timeout=WAITS_S, retries=False, maxsize=20)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/health"):
            await asyncio.to_thread(self._ask)
        await self._app(scope, receive, send)

    def _ask(self) -> None:
        with suppress(urllib3.exceptions.HTTPError):
            self._http.request("GET", self._url)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.user_middleware.append(Middleware(AsksFirst, collector=settings.otlp_endpoint or ""))
    return app


DEFECT = Defect(
    title="Each request first asks whether the collector of traces is there",
    drill="sinks-down",
    caught_by="no-slower",
    spoil=serving(spoilt_app),
)
