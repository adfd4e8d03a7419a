"""Nobody locks a refresh token before it is read: of many who use one at once, several get the next."""

from starlette.applications import Starlette

from chaos.respelt import spelt
from harness.defect import Defect, serving
from target.app import create_app
from target.auth import sessions
from target.settings import Settings

GOOD = " for update of s, t"
SPOILT = ""


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    sessions._FIND = spelt(sessions._FIND, GOOD, SPOILT)
    return create_app(settings)


DEFECT = Defect(
    title="A refresh token is read without a lock",
    drill="refresh-tokens",
    caught_by="observed winners-at-once",
    spoil=serving(spoilt_app),
)
