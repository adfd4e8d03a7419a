"""One read of the feed in ten is answered by a layer outside of the metrics, as by a cache that was put in front."""

import itertools

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

ONE_IN = 10


class AnswersAhead:
    """Keeps the last answer of GET /feed, and gives it again now and then without asking anybody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = itertools.count(1)
        self._kept: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", "/feed"):
            await self._app(scope, receive, send)
            return
        if next(self._turns) % ONE_IN == 0 and self._kept:
            for message in self._kept:
                await send(dict(message))
            return
        messages: list[Message] = []

        async def keeping(message: Message) -> None:
            messages.append(dict(message))
            await send(message)

        await self._app(scope, receive, keeping)
        if messages[0].get("status") == 200:
            self._kept = messages


def spoilt_app(settings: Settings) -> ASGIApp:
    return AnswersAhead(create_app(settings))


DEFECT = Defect(
    title="One read of the feed in ten is answered past the metrics",
    drill="counts-equal-what-clients-saw",
    caught_by="observed count-difference",
    spoil=serving(spoilt_app),
)
