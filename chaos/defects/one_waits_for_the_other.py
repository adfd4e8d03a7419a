"""An instance works on one request at a time, as under a lock that was meant for one line: its CPU idles, and it holds
hardly more than a client could ask for alone.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LOOKS_UP_S = 0.015


class OneWaitsForTheOther:
    """What is done under the lock is a look-up elsewhere, for which nobody needs a CPU."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        async with self._turn:
            await asyncio.sleep(LOOKS_UP_S)
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return OneWaitsForTheOther(create_app(settings))


DEFECT = Defect(
    title="A look-up for each request is made one at a time",
    drill="breakpoint",
    caught_by="capacity",
    spoil=serving(spoilt_app),
)
