"""Waiting for what comes by itself, and how long that took."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from harness.clock import nanoseconds, now, seconds
from harness.errors import InconclusiveError

LOOK_EVERY_S = 0.02


class Waited(NamedTuple):
    held: bool
    seconds: float


async def wait(holds: Callable[[], Awaitable[bool]], patience_s: float, every_s: float = LOOK_EVERY_S) -> Waited:
    """Whether it was seen to hold, and from now to when; when it was not in time, more than the patience."""
    began = now()
    while not (held := await holds()):
        if now() > began + nanoseconds(patience_s):
            break
        await asyncio.sleep(every_s)
    return Waited(held, seconds(now() - began))


async def seconds_until(holds: Callable[[], Awaitable[bool]], patience_s: float) -> float:
    """As `wait`, for a figure."""
    return round((await wait(holds, patience_s)).seconds, 2)


async def until(what: str, holds: Callable[[], Awaitable[bool]], patience_s: float = 10.0) -> None:
    """Raises InconclusiveError when it does not become so."""
    if not (await wait(holds, patience_s)).held:
        raise InconclusiveError(f"{what} did not happen within {patience_s:g} s")
