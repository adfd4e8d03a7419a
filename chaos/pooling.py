"""What the drills of the connection pool ask with: timed requests past the balancer, and the plan's own numbers."""

from collections.abc import Awaitable
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from harness.clock import now, seconds
from harness.prober import Prober

PATIENCE_S = 40.0
"""Longer than any wait that a defect makes: what took too long is a figure, and no missing answer."""

QUIET_S = 15.0
"""How long it may take at most to ask when nothing is harmed."""


class Timed(NamedTuple):
    """`status` 0 is no answer."""

    status: int
    seconds: float
    retry_after: str | None = None


async def timed(asking: Awaitable[httpx.Response]) -> Timed:
    began = now()
    try:
        answer = await asking
    except httpx.HTTPError:
        return Timed(0, seconds(now() - began))
    return Timed(answer.status_code, seconds(now() - began), answer.headers.get("Retry-After"))


def pool_parameter(prober: Prober, name: str) -> int:
    """Of the instances' DATABASE_URL: connection_limit, pool_timeout."""
    return int(parse_qs(urlsplit(prober.environment["DATABASE_URL"]).query)[name][0])
