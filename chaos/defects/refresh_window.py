"""A used refresh token is accepted for ten seconds more, for clients that lost an answer."""

from starlette.applications import Starlette

from chaos.respelt import spelt
from harness.defect import Defect, serving
from target.app import create_app
from target.auth import sessions
from target.settings import Settings

GOOD = "t.used_at is not null"
SPOILT = "t.used_at < now() - interval '10 seconds'"


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    sessions._FIND = spelt(sessions._FIND, GOOD, SPOILT)
    return create_app(settings)


DEFECT = Defect(
    title="A used refresh token is accepted for ten seconds",
    drill="refresh-tokens",
    caught_by="observed reused-token",
    spoil=serving(spoilt_app),
)
