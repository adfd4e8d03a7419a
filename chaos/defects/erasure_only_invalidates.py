"""An erasure invalidates cached answers, which nobody reads any more, and which are still there."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.privacy import erasure
from target.services import Services
from target.settings import Settings


async def invalidate(here: Services) -> bool:
    await here.feed.invalidate()
    return True


def spoilt_app(settings: Settings) -> Starlette:
    erasure.forget_cached = invalidate
    return create_app(settings)


DEFECT = Defect(
    title="An erasure leaves cached answers in Redis",
    drill="erasure-leaves-nothing",
    caught_by="observed traces-in-cache",
    spoil=serving(spoilt_app),
)
