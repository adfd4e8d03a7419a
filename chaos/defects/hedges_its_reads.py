"""A read that is late is begun once more, and again, and the first answer counts, so that nobody need be refused. But
what is late makes the rest late too, and the load that was too much for a moment stays too much.
"""

import asyncio
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LATE_S = 0.25
TRIES = 5
WITHOUT = 9999


class HedgesItsReads:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        tries: list[asyncio.Task[list[Message]]] = []
        while True:
            tries.append(asyncio.create_task(self._answer(dict(scope), receive)))
            late_s = LATE_S if len(tries) < TRIES else None
            done, _ = await asyncio.wait(tries, timeout=late_s, return_when=asyncio.FIRST_COMPLETED)
            if done:
                break
        for message in done.pop().result():
            await send(message)

    async def _answer(self, scope: Scope, receive: Receive) -> list[Message]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages


def spoilt_app(settings: Settings) -> ASGIApp:
    return HedgesItsReads(create_app(replace(settings, max_in_flight=WITHOUT)))


DEFECT = Defect(
    title="Reads that are late are begun again, without a budget",
    drill="overload",
    caught_by="relieved relief",
    spoil=serving(spoilt_app),
)
