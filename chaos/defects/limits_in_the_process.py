"""Each instance counts in its own memory: three let three times pass, and what a dead one let through is forgotten."""

from asyncio import get_running_loop

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.ratelimit import Count, Limit, RateLimits
from target.redis.pipeline import Disconnected, Reply
from target.settings import Settings


def count(limits: RateLimits, limit: Limit, address: str) -> Count:
    nobody = get_running_loop().create_future()
    reply: Reply = Disconnected("nobody was asked")
    nobody.set_result(reply)
    return Count(limits, f"{limit}:{address}", limits._rates[limit], nobody)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    RateLimits.count = count  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Limits are counted in each instance's memory",
    drill="rate-limit-fleet",
    caught_by="observed passed-of-one-limit",
    spoil=serving(spoilt_app),
)
