"""The sampler: asks every meter again and again, and writes figures and changes of state into the run."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Self

import httpx
import psycopg
import redis

from harness.clock import now
from harness.run import EventLog, GaugeWriter, Sample, StateChanged
from harness.sampling.base import Meter, State
from harness.sampling.processes import ProcessMeter

PATIENCE_S = 1.0
NO_ANSWER = (OSError, TimeoutError, httpx.HTTPError, psycopg.Error, redis.RedisError)


class Sampler:
    """An async context. Each meter has its own loop, so that one that hangs does not blind the others."""

    def __init__(
        self, meters: Iterable[Meter], gauges: GaugeWriter, events: EventLog, on_trouble: Callable[[str], None]
    ) -> None:
        self._probes = list(meters)
        self._gauges = gauges
        self._events = events
        self._on_trouble = on_trouble
        self._states: dict[tuple[str, str], str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._watch(meter)) for meter in self._probes]
        self._tasks.append(asyncio.create_task(self._flush()))
        for task in self._tasks:
            task.add_done_callback(self._died)
        return self

    def _died(self, task: asyncio.Task[None]) -> None:
        if self._closing:
            return
        # It ends in no other way than by a mistake, or by somebody else's hand.
        why = "it was cancelled" if task.cancelled() else str(task.exception() or "it ended by itself")
        self._on_trouble(f"a sampler died: {why}")

    async def __aexit__(self, *exception: object) -> None:
        self._closing = True
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            # Again, since a cancellation can be lost: before Python 3.12 asyncio.wait_for, by which psycopg waits,
            # drops it when what it waits for comes in the same moment.
            _, running = await asyncio.wait(running, timeout=PATIENCE_S)
        for meter in self._probes:
            await meter.close()
        self._gauges.flush()

    async def _watch(self, meter: Meter) -> None:
        while True:
            asked = now()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    read = await meter.read()
            except NO_ANSWER:
                self._gauges.add(Sample(asked, meter.role, meter.subject, "answers", 0.0))
            else:
                # Of processes the kernel tells: that would hide how it is with the server that they are.
                if not isinstance(meter, ProcessMeter):
                    self._gauges.add(Sample(asked, meter.role, meter.subject, "answers", 1.0))
                for sample in read.samples:
                    self._gauges.add(sample)
                for state in read.states:
                    self._notice(state)
            await asyncio.sleep(meter.interval_s)

    def _notice(self, state: State) -> None:
        key = (state.by, state.subject)
        before = self._states.get(key)
        self._states[key] = state.state
        if before is not None and before != state.state:
            self._events.add(
                StateChanged(
                    t=now(),
                    by=state.by,
                    role=state.role,
                    subject=state.subject,
                    before=before,
                    after=state.state,
                )
            )

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._gauges.flush()
