"""Waiting for what comes by itself, and how long that took."""

import asyncio
from collections.abc import Awaitable, Callable

from harness.clock import nanoseconds, now, seconds

LOOK_EVERY_S = 0.05


async def seconds_until(holds: Callable[[], Awaitable[bool]], patience_s: float) -> float:
    """From now to when it was seen to hold; when it did not in time, more than the patience."""
    began = now()
    while not await holds():
        if now() > began + nanoseconds(patience_s):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    return round(seconds(now() - began), 2)
