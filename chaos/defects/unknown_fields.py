"""A body with fields that nobody knows is accepted, as with a struct that forgot to forbid them."""

from typing import Annotated

import msgspec
from starlette.applications import Starlette

from chaos.respelt import app_with, taking
from harness.defect import Defect, serving
from target.settings import Settings


class AnyComment(msgspec.Struct):
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "POST /posts/{id}/comments", taking(AnyComment))


DEFECT = Defect(
    title="Unknown fields are accepted", drill="any-input", caught_by="observed bad-bodies", spoil=serving(spoilt_app)
)
