"""What happened in a run, on one axis: seconds since the run began."""

from typing import NamedTuple

from harness.run import AnyEvent, FaultStep, Interfered, Noted, Run, ServerExited, StateChanged, Step
from reports.words import fault_on

MARKS_SHOWN = 40
"""A flapping member can make hundreds of events; past this they no longer tell a reader anything."""


class Phase(NamedTuple):
    name: str
    begin: float
    end: float
    fault: bool


class Shade(NamedTuple):
    """A fault while it was in effect."""

    label: str
    begin: float
    end: float


class Mark(NamedTuple):
    """One numbered event; `problem` marks what a reader must not miss."""

    number: int
    at: float
    what: str
    problem: bool


class Story(NamedTuple):
    end: float
    phases: list[Phase]
    shades: list[Shade]
    marks: list[Mark]
    marks_left_out: int

    @property
    def drawn_marks(self) -> list[Mark]:
        return [mark for mark in self.marks if 0 <= mark.at <= self.end]


def tell(run: Run) -> Story:
    end = max([run.since_begin(span.end) for span in run.spans] or [run.since_begin(run.end)])
    if len(run.played):
        end = max(end, run.since_begin(int(run.played.finished.max())))
    told = [(run.since_begin(event.t), said) for event in run.events if (said := _say(event)) is not None]
    # Before the first phase the stack starts, after the last it stops: only what is said of measuring counts.
    told = [(when, said) for when, said in told if 0 <= when <= end or said.always]
    marks = [Mark(n, when, said.what, said.problem) for n, (when, said) in enumerate(told[:MARKS_SHOWN], start=1)]
    return Story(end, _phases(run), _shades(run, end), marks, len(told) - len(marks))


def _phases(run: Run) -> list[Phase]:
    return [Phase(s.name, run.since_begin(s.begin), run.since_begin(s.end), s.fault) for s in run.spans]


def _shades(run: Run, end: float) -> list[Shade]:
    shades = []
    for fault in run.faults:
        # A fault that was never felt still has a span, from when it was asked for: it may have done harm all the same.
        begin = run.since_begin(fault.asked if fault.felt is None else fault.felt)
        until = end if fault.gone is None else run.since_begin(fault.gone)
        shades.append(Shade(fault_on(fault.fault, fault.target), begin, max(until, begin)))
    return shades


class _Said(NamedTuple):
    what: str
    problem: bool = False
    always: bool = False


_STEPS = {
    Step.ASKED: "asked for",
    Step.FELT: "felt",
    Step.NOT_FELT: "was not felt",
    Step.HEAL: "heal asked for",
    Step.GONE: "gone",
    Step.NOT_GONE: "is not gone",
}


def _say(event: AnyEvent) -> _Said | None:
    if isinstance(event, FaultStep):
        problem = event.step in (Step.NOT_FELT, Step.NOT_GONE)
        seen = f": {event.evidence}" if event.evidence else ""
        return _Said(f"{fault_on(event.fault, event.target)}, {_STEPS[event.step]}{seen}", problem, always=True)
    if isinstance(event, StateChanged):
        return _Said(f"{event.by} saw {event.subject} go from {event.before} to {event.after}")
    if isinstance(event, ServerExited):
        how = "ended as asked" if event.expected else "ended by itself"
        return _Said(f"{event.subject} {how}: {event.status}", not event.expected, always=not event.expected)
    if isinstance(event, Noted):
        return _Said(event.text, event.problem, always=True)
    if isinstance(event, Interfered):
        return _Said(event.text, True, always=True)
    return None
