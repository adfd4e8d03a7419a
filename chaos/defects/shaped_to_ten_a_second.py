"""An instance lets ten requests a second through, and has the others wait: a shaper that was set up when there were
fewer people, and that no rate below it ever meets.
"""

import asyncio

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

A_SECOND = 10


def spoilt_app(settings: Settings) -> ASGIApp:
    free_at = 0.0

    async def wait() -> None:
        nonlocal free_at
        now = asyncio.get_running_loop().time()
        free_at = max(free_at, now) + 1 / A_SECOND
        await asyncio.sleep(free_at - now)

    return EachRequest(create_app(settings), wait)


DEFECT = Defect(
    title="An instance delays what comes faster than ten a second",
    drill="ramp",
    caught_by="slo http.p95 ramp",
    spoil=serving(spoilt_app),
)
