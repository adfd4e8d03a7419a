"""The feed sleeps at random: one read in five takes over a second, as a missing index or a lock would make it."""

import asyncio
import random

from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

ONE_IN = 5
SLEEP_S = 1.2


class SlowFeed:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/feed" and random.randrange(ONE_IN) == 0:
            await asyncio.sleep(SLEEP_S)
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return SlowFeed(create_app(settings))


DEFECT = Defect(
    title="The feed sleeps at random", drill="steady", caught_by="slo http.p95 baseline", spoil=serving(spoilt_app)
)
