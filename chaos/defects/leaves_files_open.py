"""A file is opened for one request in fifty, and nobody closes it."""

import os

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

ONE_IN = 50


def spoilt_app(settings: Settings) -> ASGIApp:
    async def leave() -> None:
        os.open(os.devnull, os.O_RDONLY)

    return EachRequest(create_app(settings), leave, ONE_IN)


DEFECT = Defect(
    title="One request in fifty leaves a file open",
    drill="soak",
    caught_by="no-trend app.fds",
    spoil=serving(spoilt_app),
    scale=0.3,
)
