"""A text without a bound: what is too long reaches the database, whose refusal nobody expects."""

import msgspec
from starlette.applications import Starlette

from chaos.respelt import app_with, taking
from harness.defect import Defect, serving
from target.settings import Settings


class LongPost(msgspec.Struct, forbid_unknown_fields=True):
    body: str


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "POST /posts", taking(LongPost))


DEFECT = Defect(
    title="A post may be of any length",
    drill="any-input",
    caught_by="observed server-errors",
    spoil=serving(spoilt_app),
)
