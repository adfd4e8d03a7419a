"""The wait for a connection got a better name in the code; the alert that asks for it did not."""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

OLD, NEW = b"db_pool_wait_seconds", b"db_connection_wait_seconds"


class Renaming:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/metrics":
            await self._app(scope, receive, send)
            return
        start: MutableMapping[str, Any] = {}

        async def renamed(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body = message["body"].replace(OLD, NEW)
            length = (b"content-length", str(len(body)).encode())
            start["headers"] = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"] + [length]
            await send(start)
            await send({**message, "body": body})

        await self._app(scope, receive, renamed)


def spoilt_app(settings: Settings) -> ASGIApp:
    return Renaming(create_app(settings))


DEFECT = Defect(
    title="A metric that an alert asks for has another name",
    drill="alerts-of-answers",
    caught_by="alerted PoolExhausted exhausted",
    spoil=serving(spoilt_app),
)
