"""SIGTERM ends the process at once, as it does under a shell that does not pass it on: nothing drains."""

import os
import signal

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.server import Server
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    handle = Server.handle_exit

    def ends_at_once(server: Server, number: int, frame: object) -> None:
        if number == signal.SIGTERM:
            os._exit(128 + number)
        handle(server, number, None)

    Server.handle_exit = ends_at_once  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="SIGTERM ends an instance at once",
    drill="rolling-deploy",
    caught_by="slo http.errors fault",
    spoil=serving(spoilt_app),
)
