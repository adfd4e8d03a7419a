"""What was refused is counted as begun, and never as done: after a burst an instance is full for good, and idle."""

from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.errors import problem_response, unavailable
from target.settings import Settings

AT_MOST = 48
WITHOUT = 9999


class CountsWhatItRefused:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        self._in_flight += 1
        if self._in_flight > AT_MOST:
            await problem_response(unavailable("There is too much to do."), scope["path"])(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1


def spoilt_app(settings: Settings) -> ASGIApp:
    return CountsWhatItRefused(create_app(replace(settings, max_in_flight=WITHOUT)))


DEFECT = Defect(
    title="What was refused is counted for ever as being worked on",
    drill="overload",
    caught_by="relieved relief",
    spoil=serving(spoilt_app),
)
