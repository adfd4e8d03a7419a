"""One request in fifty starts a thread, for work that never comes."""

import threading

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

ONE_IN = 50


def spoilt_app(settings: Settings) -> ASGIApp:
    work = threading.Event()

    async def leave() -> None:
        threading.Thread(target=work.wait, daemon=True).start()

    return EachRequest(create_app(settings), leave, ONE_IN)


DEFECT = Defect(
    title="One request in fifty leaves a thread behind",
    drill="soak",
    caught_by="no-trend app.threads",
    spoil=serving(spoilt_app),
    scale=0.3,
)
