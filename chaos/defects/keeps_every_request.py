"""A list of what was asked, for a debugger who has long gone: a kilobyte each, some 2 MB a minute."""

import os

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LEFT = 1024


def spoilt_app(settings: Settings) -> ASGIApp:
    asked: list[bytes] = []

    async def leave() -> None:
        # Random, since the kernel gives no page for zeros.
        asked.append(os.urandom(LEFT))

    return EachRequest(create_app(settings), leave)


DEFECT = Defect(
    title="Memory leaks with each request",
    drill="soak",
    caught_by="no-trend app.rss_bytes",
    spoil=serving(spoilt_app),
)
