"""What recording and sampling take from the target: a closed loop that saturates this machine, with them and without.

One stack, its proxy off; the same clients ask it as fast as it answers, in turn with the recorder and the sampler of a
drill and without either.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from benchmarks.result import Result
from benchmarks.servers import LOCUSTFILES
from harness.clock import nanoseconds, now
from harness.conductor.load import LoadProcess
from harness.run import EventLog, GaugeWriter
from harness.sampling.sampler import Sampler
from harness.settings import ServerPaths
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan
from scenarios.clients.orders import LoadOrder, Tick

USERS, WARM_UP_S, SECONDS, ROUNDS = 20, 1.0, 5.0, 7
THERE_AND_BACK = (True, False, False, True)
"""With, without, without, with: what grows or wanes meanwhile meets both alike."""


class Unrecorded(LoadProcess):
    module = "benchmarks.unrecorded"


def measure() -> Iterator[Result]:
    rounds = asyncio.run(_measure())
    taken = [100 * (1 - sum(each[True]) / sum(each[False])) for each in rounds]
    with_, without = (median(rate for each in rounds for rate in each[on]) for on in (True, False))
    text = f"{with_:,.0f}/s with, {without:,.0f}/s without, rounds {min(taken):.1f} to {max(taken):.1f} %"
    yield Result("throughput that recording and sampling take (%)", f"{median(taken):.1f} %: {text}", median(taken), 5)


async def _measure() -> list[dict[bool, list[float]]]:
    """Answers a second of each round: those with recording and sampling, and those without."""
    rounds = []
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        folder = Path(name)
        os.environ.setdefault("XDG_STATE_HOME", name)
        events = EventLog(folder)
        async with EmbeddedStack(StackPlan(), ServerPaths(), folder, events, lambda _: None) as stack:
            for number in range(ROUNDS + 1):
                rates: dict[bool, list[float]] = {True: [], False: []}
                for turn, on in enumerate(THERE_AND_BACK):
                    # The other way round every other time.
                    recorded = on != bool(number % 2)
                    own = folder / f"{number}-{turn}"
                    (own / "logs").mkdir(parents=True)
                    rates[recorded].append(await _rate(stack, own, recorded=recorded))
                if number:  # the first warms up
                    rounds.append(rates)
        events.close()
    return rounds


async def _rate(stack: EmbeddedStack, folder: Path, *, recorded: bool) -> float:
    """Answers a second."""
    answered: list[tuple[int, int]] = []

    def count(tick: Tick) -> None:
        assert not tick.errors
        answered.append((tick.t, tick.requests))

    async with _gauges(stack, folder, sampled=recorded) as gauges:
        order = LoadOrder(
            file=str(LOCUSTFILES / "flat_out_browse.py"),
            host="",
            folder=str(folder),
            scenario="flat-out",
            seed=1,
            users=USERS,
        )
        load = (LoadProcess if recorded else Unrecorded)(order, gauges, count, _trouble)
        try:
            load.spawn()
            await load.start(stack.url)
            await load.go(now())
            await asyncio.sleep(WARM_UP_S + SECONDS)
            await load.stop(patience_s=5)
        finally:
            await load.close()
    # From one tick to another, so that each answer falls within the time that it is divided by.
    begin = next(t for t, _ in answered if t > answered[0][0] + nanoseconds(WARM_UP_S))
    counted = [requests for t, requests in answered if t > begin]
    return sum(counted) / ((answered[-1][0] - begin) / 1e9)


def _trouble(text: str) -> None:
    raise AssertionError(text)


@asynccontextmanager
async def _gauges(stack: EmbeddedStack, folder: Path, *, sampled: bool) -> AsyncIterator[GaugeWriter]:
    gauges, events = GaugeWriter(folder), EventLog(folder)
    async with AsyncExitStack() as context:
        context.callback(events.close)
        context.callback(gauges.close)
        if sampled:
            await context.enter_async_context(Sampler(stack.meters(), gauges, events, _trouble))
        yield gauges
