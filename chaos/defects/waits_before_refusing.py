"""Who comes when there is too much to do waits for a place first, and is refused when there was none: the refusal is
right, and comes when the client might have been served elsewhere.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.errors import problem_response, unavailable
from target.settings import Settings

PLACES = 16
WAITS_S = 0.8


class WaitsBeforeRefusing:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = asyncio.Semaphore(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        # Not a queue, in which who has waited the longest is served: as many try at once as there are clients.
        deadline = asyncio.get_running_loop().time() + WAITS_S
        while self._places.locked():
            if asyncio.get_running_loop().time() > deadline:
                await problem_response(unavailable("There is too much to do."), scope["path"])(scope, receive, send)
                return
            await asyncio.sleep(0.02)
        async with self._places:
            await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return WaitsBeforeRefusing(create_app(settings))


DEFECT = Defect(
    title="What is too much is refused after a wait",
    drill="overload",
    caught_by="sheds overload",
    spoil=serving(spoilt_app),
)
