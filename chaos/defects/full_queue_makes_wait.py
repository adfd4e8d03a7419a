"""Spans go to their sender by a queue of a few places, and who finds it full waits: all, when nobody takes them."""

import asyncio
import queue
import threading
from contextlib import suppress

import urllib3
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.resolved import resolved
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

PLACES = 4
SENDS_S = 2.0
WAITS_S = 0.25


class Queued:
    def __init__(self, app: ASGIApp, collector: str) -> None:
        self._app = app
        self._url = f"{resolved(collector)}/v1/traces"
        self._spans: queue.Queue[bytes] = queue.Queue(PLACES)
        threading.Thread(target=self._send, daemon=True).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/health"):
            with suppress(queue.Full):
                await asyncio.to_thread(self._spans.put, b"{}", timeout=WAITS_S)
        await self._app(scope, receive, send)

    def _send(self) -> None:
        http = urllib3.PoolManager(timeout=SENDS_S, retries=False)
        headers = {"Content-Type": "application/json"}
        while True:
            with suppress(urllib3.exceptions.HTTPError):
                http.request("POST", self._url, body=self._spans.get(), headers=headers)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.user_middleware.append(Middleware(Queued, collector=settings.otlp_endpoint or ""))
    return app


DEFECT = Defect(
    title="Requests wait for a place in the queue of spans",
    drill="sinks-down",
    caught_by="no-slower",
    spoil=serving(spoilt_app),
)
