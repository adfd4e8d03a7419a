"""The key that tokens are checked with is derived anew for each request: a few milliseconds that nobody sees until the
instance has no CPU left.
"""

import hashlib

from starlette.types import ASGIApp

from chaos.each_request import EachRequest
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

ROUNDS = 20_000


def spoilt_app(settings: Settings) -> ASGIApp:
    async def derive() -> None:
        hashlib.pbkdf2_hmac("sha256", settings.jwt_secret.encode(), b"tokens", ROUNDS)

    return EachRequest(create_app(settings), derive)


DEFECT = Defect(
    title="A key is derived anew for each request",
    drill="breakpoint",
    caught_by="capacity",
    spoil=serving(spoilt_app),
)
