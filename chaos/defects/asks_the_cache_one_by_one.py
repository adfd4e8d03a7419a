"""Forty keys are asked for one after the other. Nobody notices, until each answer takes a tenth of a second."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

KEYS = 40


class OneByOne:
    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/health", "/metrics")):
            for _ in range(KEYS):
                await self._app.state.services.cache.ping()
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return OneByOne(create_app(settings))


DEFECT = Defect(
    title="The cache is asked for one key after the other",
    drill="slow-redis",
    caught_by="slo http.p95 fault",
    spoil=serving(spoilt_app),
)
