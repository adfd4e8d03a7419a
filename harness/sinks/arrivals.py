"""Waiting for what is under way: senders send in batches, from threads of their own."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from harness.sinks.records import R, read_records

PATIENCE_S = 15.0


async def arrived(
    file: Path, kind: type[R], enough: Callable[[list[R]], bool], patience_s: float = PATIENCE_S
) -> list[R]:
    """What has arrived as soon as that is enough; past the patience, what has arrived by then."""
    deadline = time.monotonic() + patience_s
    while True:
        found = list(read_records(file, kind))
        if enough(found) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.1)
