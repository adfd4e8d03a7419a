"""SIGTERM closes the door and every connection at once: what was begun is not finished."""

import signal

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.server import Server
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    handle = Server.handle_exit

    def hangs_up(server: Server, number: int, frame: object) -> None:
        handle(server, number, None)
        if number == signal.SIGTERM:
            server.should_exit = server.force_exit = True

    Server.handle_exit = hangs_up  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="An instance that is asked to end hangs up on what it has begun",
    drill="stop-instance",
    caught_by="slo http.errors fault",
    spoil=serving(spoilt_app),
)
