"""A write leaves the cached feed as it is: who has written it sees the feed of before."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings


class Kept(CachedAnswers):
    async def invalidate(self) -> None:
        """Five minutes are soon over."""


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = Kept
    return app


DEFECT = Defect(
    title="A write does not invalidate the feed",
    drill="own-writes",
    caught_by="own-writes",
    spoil=serving(spoilt_app),
)
