"""Without Redis nobody counts: a lost cache opens the door."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.ratelimit import RateLimits
from target.settings import Settings
from target.variables import Rate


def count_nothing(_limits: RateLimits, _key: str, rate: Rate) -> tuple[int, float]:
    return rate.requests, float(rate.seconds)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    RateLimits._count_here = count_nothing  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Without Redis there is no limit",
    drill="rate-limit-fleet",
    caught_by="observed passed-without-redis",
    spoil=serving(spoilt_app),
)
