"""Run: a recording, read from its folder. Everything right of it needs nothing else."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from harness.clock import seconds
from harness.run.events import EVENTS_FILE, AnyEvent, FaultStep, PhaseBegan, PhaseEnded, Step, read_events
from harness.run.gauges import Gauges, read_gauges
from harness.run.lines import ends_whole
from harness.run.observations import OBSERVATIONS_FILE, Observation, read_observations
from harness.run.plan import RunPlan
from harness.run.requests import Mask, Requests, read_requests
from harness.run.writes import WRITES_FILE, Write, read_writes

E = TypeVar("E", bound=AnyEvent)

PUNCTUAL_S = 0.05
"""A phase that is played to its end is a millisecond too long, rather than too short."""


class Span(NamedTuple):
    """A phase as it really was: [begin, end) in nanoseconds; `fault` where a fault was in effect."""

    name: str
    begin: int
    end: int
    fault: bool

    @property
    def seconds(self) -> float:
        return seconds(self.end - self.begin)


class FaultSpan(NamedTuple):
    """One fault's life: times in ns, None for a step that was never seen. `felt` is the stack's own beginning."""

    fault: str
    target: str
    asked: int
    felt: int | None
    heal: int | None
    gone: int | None


class Run:
    """The recording of one drill.

    Built by hand in tests, read by `Run.open` everywhere else. `whole` is False when a file was cut short,
    as by kill -9: what is there is still true.
    """

    def __init__(
        self,
        plan: RunPlan,
        requests: Requests,
        events: Sequence[AnyEvent] = (),
        gauges: Gauges | None = None,
        writes: Sequence[Write] = (),
        observations: Sequence[Observation] = (),
        *,
        whole: bool = True,
        folder: Path | None = None,
    ) -> None:
        self.plan = plan
        self.requests = requests
        self.events = sorted(events, key=lambda event: event.t)
        self.gauges = gauges or Gauges.of([])
        self.writes = list(writes)
        self.observations = list(observations)
        self.whole = whole
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Raises UsageError when the folder is not a run's."""
        plan = RunPlan.read(folder)
        requests, requests_whole = read_requests(folder, plan.drill.load_processes)
        gauges, gauges_whole = read_gauges(folder)
        lines_whole = all(ends_whole(folder / file) for file in (EVENTS_FILE, WRITES_FILE, OBSERVATIONS_FILE))
        return cls(
            plan,
            requests,
            list(read_events(folder)),
            gauges,
            read_writes(folder),
            read_observations(folder),
            whole=requests_whole and gauges_whole and lines_whole,
            folder=folder,
        )

    def events_of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @cached_property
    def begin(self) -> int:
        """The run's origin on its clock: the first phase, else the first thing recorded."""
        if self.spans:
            return self.spans[0].begin
        times = [event.t for event in self.events[:1]] + [int(t) for t in self.requests.intended[:1]]
        return min(times, default=self.plan.clock.monotonic_ns)

    @cached_property
    def _last(self) -> int:
        """The last instant of which anything was recorded."""
        times = [event.t for event in self.events[-1:]]
        return max([*times, int(self.requests.finished.max())] if len(self.requests) else times, default=0)

    @cached_property
    def end(self) -> int:
        return max(self._last, self.begin)

    def since_begin(self, t: int) -> float:
        """Seconds from the run's origin: how reports name an instant."""
        return seconds(t - self.begin)

    @cached_property
    def spans(self) -> list[Span]:
        """The phases in order. One that never ended (the run was cut) ends with the recording."""
        spans: list[Span] = []
        begun: dict[str, PhaseBegan] = {}
        for event in self.events:
            if isinstance(event, PhaseBegan):
                begun[event.name] = event
            elif isinstance(event, PhaseEnded) and event.name in begun:
                start = begun.pop(event.name)
                spans.append(Span(event.name, start.t, event.t, start.fault))
        spans += [Span(name, start.t, max(self._last, start.t), start.fault) for name, start in begun.items()]
        return sorted(spans, key=lambda span: span.begin)

    @property
    def phases(self) -> list[str]:
        """The names of the phases that took place, in order."""
        return list(dict.fromkeys(span.name for span in self.spans))

    def spans_of(self, phase: str) -> list[Span]:
        return [span for span in self.spans if span.name == phase]

    @cached_property
    def cut_short(self) -> Span | None:
        """The phase that ended before its planned time, as by an abort; one that asks may end when it has asked."""
        timeline = self.plan.drill.timeline
        for phase in self.phases:
            planned = [one for one in timeline if one.name == phase]
            for span, plan in zip(self.spans_of(phase), planned, strict=False):
                if not plan.asks and span.seconds < plan.seconds - PUNCTUAL_S:
                    return span
        return None

    @cached_property
    def _span_of_request(self) -> npt.NDArray[np.int32]:
        """For each request the index of its span, -1 for none.

        A request belongs to the phase of its intended start; one that was still unanswered when a fault
        took effect belongs to the fault, since that is what it met.
        """
        index = np.full(len(self.requests), -1, dtype=np.int32)
        for number, span in enumerate(self.spans):
            index[(self.requests.intended >= span.begin) & (self.requests.intended < span.end)] = number
        for number, span in enumerate(self.spans):
            if span.fault:
                index[(self.requests.intended < span.begin) & (self.requests.finished >= span.begin)] = number
        return index

    @cached_property
    def played(self) -> Requests:
        """The requests of the timeline: logging in before it and reading back after it are left out."""
        if not self.spans:
            return self.requests
        intended = self.requests.intended
        return self.requests.where((intended >= self.begin) & (intended < max(span.end for span in self.spans)))

    def in_span(self, span: Span) -> Requests:
        return self.requests.where(self._span_of_request == self.spans.index(span))

    def due_in(self, begin: int, end: int) -> Requests:
        """The requests that were intended then (ns), whatever became of them."""
        return self.requests.where((self.requests.intended >= begin) & (self.requests.intended < end))

    def during(self, phase: str) -> Requests:
        """The requests of a phase; none when the phase did not take place."""
        wanted = [number for number, span in enumerate(self.spans) if span.name == phase]
        mask: Mask = np.isin(self._span_of_request, wanted)
        return self.requests.where(mask)

    @cached_property
    def first_felt(self) -> FaultSpan | None:
        """The first fault that was seen to be in effect."""
        return next((fault for fault in self.faults if fault.felt is not None), None)

    @cached_property
    def faults(self) -> list[FaultSpan]:
        lives: dict[int, dict[Step, FaultStep]] = {}
        for event in self.events_of(FaultStep):
            lives.setdefault(event.number, {})[event.step] = event
        return [
            FaultSpan(
                fault=next(iter(steps.values())).fault,
                target=next(iter(steps.values())).target,
                asked=min(event.t for event in steps.values()),
                felt=steps[Step.FELT].t if Step.FELT in steps else None,
                heal=steps[Step.HEAL].t if Step.HEAL in steps else None,
                gone=steps[Step.GONE].t if Step.GONE in steps else None,
            )
            for _, steps in sorted(lives.items())
        ]
