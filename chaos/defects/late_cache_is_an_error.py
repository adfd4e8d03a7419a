"""Whoever waits for the cache longer than 50 ms gives the whole request up, instead of going on without."""

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

PATIENCE_S = 0.05


class NoTimeToWait:
    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/health", "/metrics")):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._app.state.services.cache.ping()
            except TimeoutError:
                await JSONResponse({"title": "Gateway Timeout"}, HTTPStatus.GATEWAY_TIMEOUT)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return NoTimeToWait(create_app(settings))


DEFECT = Defect(
    title="A cache that answers late is an error",
    drill="slow-redis",
    caught_by="slo http.errors fault",
    spoil=serving(spoilt_app),
)
