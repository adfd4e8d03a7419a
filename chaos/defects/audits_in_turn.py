"""Each request is told to an audit log before it is answered, by one connection, one after the other: at the usual load
nobody waits, and in a burst each waits for all before it.
"""

import asyncio

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

TELLS_S = 0.025


def spoilt_app(settings: Settings) -> ASGIApp:
    turn = asyncio.Lock()

    async def tell() -> None:
        async with turn:
            await asyncio.sleep(TELLS_S)

    return EachRequest(create_app(settings), tell)


DEFECT = Defect(
    title="Requests are told to an audit log one at a time",
    drill="spike",
    caught_by="slo http.p95 burst",
    spoil=serving(spoilt_app),
)
