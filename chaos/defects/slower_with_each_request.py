"""What is kept of each request is searched by the next: each takes a little longer than the one before."""

import asyncio

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LONGER_S = 0.00005


def spoilt_app(settings: Settings) -> ASGIApp:
    seconds = 0.0

    async def leave() -> None:
        nonlocal seconds
        seconds += LONGER_S
        await asyncio.sleep(seconds)

    return EachRequest(create_app(settings), leave)


DEFECT = Defect(
    title="Each request takes longer than the one before",
    drill="soak",
    caught_by="no-trend http.p50 soak",
    spoil=serving(spoilt_app),
    scale=0.3,
)
