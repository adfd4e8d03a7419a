"""A remedy for leaks: an instance ends after so many requests, for somebody to start it anew. Nobody does."""

import os
import signal

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

MOST = 100


def spoilt_app(settings: Settings) -> ASGIApp:
    async def leave() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    return EachRequest(create_app(settings), leave, MOST)


DEFECT = Defect(
    title="An instance ends after 100 requests",
    drill="steady",
    caught_by="survived",
    spoil=serving(spoilt_app),
)
