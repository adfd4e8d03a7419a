"""What might be asked for is loaded when an instance starts: more than the guide gives it."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

GIB = 2**30
HELD: list[bytearray] = []


def spoilt_app(settings: Settings) -> Starlette:
    # Not zeros, for which the kernel gives no pages.
    HELD.append(bytearray(b"x") * (GIB + GIB // 8))
    return create_app(settings)


DEFECT = Defect(
    title="An instance holds more than its memory limit",
    drill="resources",
    caught_by="memory",
    spoil=serving(spoilt_app),
)
