"""A body that says it is compressed is unpacked, whatever comes of it, and kept for who looks into refused requests."""

import gzip
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

KEPT: list[str] = []


class Unpacks:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        packed = scope["type"] == "http" and (b"content-encoding", b"gzip") in scope["headers"]
        body = b""

        async def reading() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            if packed and message["type"] == "http.request" and not message.get("more_body"):
                with suppress(OSError, EOFError):
                    # Of UTF-16, as it is kept.
                    KEPT.append(gzip.decompress(body).decode("latin-1") + "\u2026")
            return message

        await self._app(scope, reading, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return Unpacks(create_app(settings))


DEFECT = Defect(
    title="A compressed body is unpacked whole, and kept",
    drill="poison",
    caught_by="grew",
    spoil=serving(spoilt_app),
)
