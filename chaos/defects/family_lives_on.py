"""A reused refresh token is refused, but whoever stole the next one keeps it."""

from starlette.applications import Starlette

from chaos.respelt import spelt
from harness.defect import Defect, serving
from target.app import create_app
from target.auth import sessions
from target.settings import Settings

GOOD = "ended_at = now()"
SPOILT = "ended_at = null"


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    sessions._END = spelt(sessions._END, GOOD, SPOILT)
    return create_app(settings)


DEFECT = Defect(
    title="A reused refresh token does not end its family",
    drill="refresh-tokens",
    caught_by="observed family-after-reuse",
    spoil=serving(spoilt_app),
)
