"""Each request is done with 15 ms of work that nobody needs: the CPU limit is a rate limit."""

import time

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

WORK_S = 0.015


def spoilt_app(settings: Settings) -> ASGIApp:
    async def work() -> None:
        until = time.process_time() + WORK_S
        while time.process_time() < until:
            pass

    return EachRequest(create_app(settings), work)


DEFECT = Defect(
    title="A request takes more CPU than it needs",
    drill="resources",
    caught_by="slo http.served fault",
    spoil=serving(spoilt_app),
)
