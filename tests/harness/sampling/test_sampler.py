"""The sampler ends when it is told to, whatever its meters make of that."""

import asyncio
from pathlib import Path

from harness.run import EventLog, GaugeWriter
from harness.sampling.base import Reading
from harness.sampling.sampler import Sampler


class Deaf:
    """Loses the first cancellation, as asyncio.wait_for does when what it waits for comes in the same moment."""

    role = "pool"
    subject = "pool"
    interval_s = 0.01

    def __init__(self) -> None:
        self.reads = 0
        self.lost = 0
        self.reading = asyncio.Event()

    async def read(self) -> Reading:
        self.reads += 1
        self.reading.set()
        try:
            await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            if self.lost:
                raise
            self.lost += 1
        return Reading([], [])

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_lost_cancellation_is_said_again(tmp_path: Path) -> None:
    meter = Deaf()
    gauges, events = GaugeWriter(tmp_path), EventLog(tmp_path)
    async with asyncio.timeout(10), Sampler([meter], gauges, events, lambda _: None):
        await meter.reading.wait()
    gauges.close()
    events.close()
    assert meter.lost == 1


async def test_one_that_is_cancelled_by_another_s_hand_is_told(tmp_path: Path) -> None:
    gauges, events = GaugeWriter(tmp_path), EventLog(tmp_path)
    told: asyncio.Queue[str] = asyncio.Queue()
    meter = Deaf()
    meter.lost = 1
    before = asyncio.all_tasks()
    async with asyncio.timeout(10), Sampler([meter], gauges, events, told.put_nowait):
        await meter.reading.wait()
        for task in asyncio.all_tasks() - before:
            task.cancel()
        assert await told.get() == "a sampler died: it was cancelled"
    gauges.close()
    events.close()
