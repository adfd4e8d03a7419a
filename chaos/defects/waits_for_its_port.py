"""The port is bound without SO_REUSEADDR: for a minute after its end, an instance cannot have it again."""

import socket

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target import server
from target.app import create_app
from target.settings import Settings


def bind(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.bind((host, port))
    return listener


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    server._bind = bind
    return create_app(settings)


DEFECT = Defect(
    title="An instance cannot have its port back within a minute",
    drill="stop-instance",
    caught_by="faults",
    spoil=serving(spoilt_app),
    # A container has its ports for itself, and new ones each time it starts.
    only_on="embedded",
)
