"""The live view of the load: the last seconds for the eye, and the stop condition over its window."""

import asyncio
from collections import deque
from typing import NamedTuple

from harness.clock import nanoseconds
from harness.drill import Abort
from harness.progress.base import Live, Progress
from scenarios.clients.orders import Tick

SHOWN_S = 2.0


class Stop:
    """Set once, with the reason why the rest of a drill is not worth playing."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.reason = ""

    def because(self, reason: str) -> None:
        """The first reason stays."""
        if not self._event.is_set():
            self.reason = reason
            self._event.set()

    async def wait(self) -> str:
        await self._event.wait()
        return self.reason


class _Count(NamedTuple):
    t: int
    requests: int
    errors: int
    p95_ms: float | None
    in_flight: int


class LiveView:
    def __init__(self, abort: Abort, progress: Progress) -> None:
        self._abort = abort
        self._progress = progress
        self._counts: deque[_Count] = deque()
        self._bad_since: int | None = None
        self.stop = Stop()

    def on_tick(self, tick: Tick) -> None:
        self._counts.append(_Count(tick.t, tick.requests, tick.errors, tick.p95_ms, tick.in_flight))
        while self._counts[0].t < tick.t - nanoseconds(max(self._abort.seconds, SHOWN_S)):
            self._counts.popleft()
        self._progress.live(self._shown(tick.t))
        self._judge(tick.t)

    def _shown(self, t: int) -> Live:
        recent = [count for count in self._counts if count.t > t - nanoseconds(SHOWN_S)]
        requests = sum(count.requests for count in recent)
        errors = sum(count.errors for count in recent)
        p95 = max((count.p95_ms for count in recent if count.p95_ms is not None), default=None)
        return Live(requests / SHOWN_S, p95, 100 * errors / requests if requests else None, recent[-1].in_flight)

    def _judge(self, t: int) -> None:
        """Stops when the errors of every second of the window were past the limit: one bad burst is not enough."""
        second = [count for count in self._counts if count.t > t - nanoseconds(1.0)]
        requests = sum(count.requests for count in second)
        errors = sum(count.errors for count in second)
        if requests and 100 * errors / requests > self._abort.errors_percent:
            self._bad_since = self._bad_since or t
            if t - self._bad_since >= nanoseconds(self._abort.seconds):
                limit = f"{self._abort.errors_percent:g} % of the answers were errors for {self._abort.seconds:g} s"
                self.stop.because(f"the stop condition was met: more than {limit}")
        elif requests:
            self._bad_since = None
