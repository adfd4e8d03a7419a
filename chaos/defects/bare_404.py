"""The answer to a path that is not there comes from another layer, which knows nothing of the headers."""

from starlette.types import ASGIApp, Message, Scope

from chaos.answers import altering
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LOST = (b"x-frame-options", b"x-content-type-options")


def bare(_scope: Scope, start: Message) -> None:
    if start["status"] == 404:
        start["headers"] = [header for header in start["headers"] if header[0] not in LOST]


def spoilt_app(settings: Settings) -> ASGIApp:
    return altering(create_app(settings), bare)


DEFECT = Defect(
    title="A 404 lacks two security headers",
    drill="security-headers",
    caught_by="observed headers-missing",
    spoil=serving(spoilt_app),
)
