"""How long the whole stack takes to be ready, with the database's template cached and without."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.result import Result
from harness import places
from harness.run import EventLog
from harness.settings import ServerPaths
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan

ROUNDS = 5


def measure() -> Iterator[Result]:
    asyncio.run(_ready_after())
    warm = [asyncio.run(_ready_after()) for _ in range(ROUNDS)]
    cold = []
    for _ in range(ROUNDS):
        for template in places.cache().glob("template-*"):
            shutil.rmtree(template)
        cold.append(asyncio.run(_ready_after()))
    for name, times, must in (("with a cached template", warm, 2.5), ("without", cold, 3.5)):
        text = f"{median(times):.2f} s (of {len(times)}: {min(times):.2f} to {max(times):.2f})"
        yield Result(f"stack ready, {name} (s)", text, median(times), must)


async def _ready_after() -> float:
    folder = Path(tempfile.mkdtemp(prefix="start-"))
    os.environ.setdefault("XDG_STATE_HOME", str(folder))
    events = EventLog(folder)
    began = time.monotonic()
    async with EmbeddedStack(StackPlan(), ServerPaths(), folder, events, lambda _: None):
        took = time.monotonic() - began
    events.close()
    return took
