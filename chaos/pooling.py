"""What the drills of the connection pool ask with: timed requests past the balancer, and the plan's own numbers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from harness.clock import nanoseconds, now, seconds
from harness.errors import InconclusiveError
from harness.prober import Prober

PATIENCE_S = 40.0
"""Longer than any wait that a defect makes: what took too long is a figure, and no missing answer."""

QUIET_S = 15.0
"""How long it may take at most to ask when nothing is harmed."""

LOOK_EVERY_S = 0.02


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


async def until(what: str, is_so: Callable[[], Awaitable[bool]], patience_s: float = 10.0) -> None:
    """Raises InconclusiveError when it does not become so."""
    deadline = now() + nanoseconds(patience_s)
    while not await is_so():
        if now() > deadline:
            raise InconclusiveError(f"{what} did not happen within {patience_s:g} s")
        await asyncio.sleep(LOOK_EVERY_S)
