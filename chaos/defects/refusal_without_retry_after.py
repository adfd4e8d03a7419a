"""A refusal does not say when to come back, so clients guess, and come back too soon all together."""

from starlette.types import ASGIApp, Message, Scope

from chaos.answers import altering
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def stripped(_scope: Scope, start: Message) -> None:
    start["headers"] = [header for header in start["headers"] if header[0] != b"retry-after"]


def spoilt_app(settings: Settings) -> ASGIApp:
    return altering(create_app(settings), stripped)


DEFECT = Defect(
    title="A 429 does not say when to come back",
    drill="rate-limits",
    caught_by="observed refused-without-retry-after",
    spoil=serving(spoilt_app),
)
