"""Without a breaker every caller tries three times, for as long as the service is down."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external import breaker
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # So many calls no window has.
    breaker.FEWEST_CALLS = 1_000_000
    return create_app(settings)


DEFECT = Defect(
    title="No breaker stops the retries",
    drill="retry-storm",
    caught_by="amplification upstream fault",
    spoil=serving(spoilt_app),
)
