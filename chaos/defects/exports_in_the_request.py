"""Spans are sent as each request ends, and not from a queue: it waits for the collector, and for the retries."""

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


class Sends:
    def __init__(self, app: ASGIApp, endpoint: str) -> None:
        self._app = app
        self._url = f"{resolved(endpoint)}/v1/traces"
        self._http = urllib3.PoolManager(timeout=0.3, retries=urllib3.Retry(2, backoff_factor=0.4))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/feed":
            await asyncio.to_thread(self._send)
        await self._app(scope, receive, send)

    def _send(self) -> None:
        with suppress(urllib3.exceptions.HTTPError):
            self._http.request("POST", self._url, body=b"{}", headers={"Content-Type": "application/json"})


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.user_middleware.append(Middleware(Sends, endpoint=settings.otlp_endpoint or ""))
    return app


DEFECT = Defect(
    title="Each read of the feed waits until its span is sent",
    drill="lose-telemetry",
    caught_by="slo http.p95 fault",
    spoil=serving(spoilt_app),
)
