"""JSON is read by a parser that calls itself for each level, and takes the whole process along when there are many."""

import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

STACK = 5_000
"""How many levels such a parser's stack has room for."""


class DiesOfDeepJson:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def reading() -> Message:
            message = await receive()
            if message.get("body", b"").count(b"[") > STACK:
                # What is left of a process whose stack has run over.
                os._exit(139)
            return message

        await self._app(scope, reading, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return DiesOfDeepJson(create_app(settings))


DEFECT = Defect(
    title="Deeply nested JSON kills the worker",
    drill="poison",
    caught_by="survived",
    spoil=serving(spoilt_app),
)
