"""A minute's difference between clocks is forgiven, and the minute was written in milliseconds."""

from typing import Any

import jwt
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.auth import tokens
from target.settings import Settings

LEEWAY_S = 60_000


class Forgiving:
    """PyJWT, with a leeway for every token that is decoded."""

    def __getattr__(self, name: str) -> Any:
        return getattr(jwt, name)

    def decode(self, token: str, key: str, **options: Any) -> Any:
        return jwt.decode(token, key, leeway=LEEWAY_S, **options)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    setattr(tokens, "jwt", Forgiving())  # noqa: B010  # mypy knows a module by its own type
    return create_app(settings)


DEFECT = Defect(
    title="An expired token is good for hours more",
    drill="forged-tokens",
    caught_by="observed forged-tokens",
    spoil=serving(spoilt_app),
)
