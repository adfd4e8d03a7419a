"""One instance of three has an old configuration and invalidates nothing: who writes there sees the old feed."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings


class Kept(CachedAnswers):
    async def invalidate(self) -> None:
        """Others do."""


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    if settings.instance_name.endswith("3"):
        app.state.services.feed.__class__ = Kept
    return app


DEFECT = Defect(
    title="One instance of three does not invalidate the feed",
    drill="own-writes",
    caught_by="own-writes",
    spoil=serving(spoilt_app),
)
