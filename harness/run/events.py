"""events.jsonl: what happened and when, one JSON object a line, in the order it was seen."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.clock import now
from harness.run.lines import LineWriter, read_lines

EVENTS_FILE = "events.jsonl"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """`t` is when it happened, in nanoseconds of CLOCK_MONOTONIC."""

    t: int


class PhaseBegan(Event, tag="phase-began", frozen=True, kw_only=True):
    """`fault` marks a phase in which a fault is in effect: it begins when the stack shows the fault."""

    name: str
    fault: bool = False


class PhaseEnded(Event, tag="phase-ended", frozen=True, kw_only=True):
    name: str


class Step(StrEnum):
    """The life of one fault. Times of ASKED and HEAL are the harness's, of FELT and GONE the stack's."""

    ASKED = "asked"
    FELT = "felt"
    NOT_FELT = "not-felt"
    HEAL = "heal"
    GONE = "gone"
    NOT_GONE = "not-gone"


class FaultStep(Event, tag="fault", frozen=True, kw_only=True):
    """`evidence` says how the step was observed from outside; `uncertainty` (ns) is how late that may have been."""

    number: int
    fault: str
    target: str
    step: Step
    evidence: str = ""
    uncertainty: int = 0


class StateChanged(Event, tag="state", frozen=True, kw_only=True):
    """A member changed state in the eyes of `by` (balancer, health check, breaker, alert)."""

    by: str
    role: str
    subject: str
    before: str
    after: str


class ServerExited(Event, tag="exited", frozen=True, kw_only=True):
    """A server of the stack ended; `expected` when a fault or a stop asked for it."""

    role: str
    subject: str
    status: str
    expected: bool


class Noted(Event, tag="note", frozen=True, kw_only=True):
    """Anything else that a reader of the report should know. `problem` makes the measurement inconclusive."""

    text: str
    problem: bool = False


class Interfered(Event, tag="interfered", frozen=True, kw_only=True):
    """Somebody else laid hands on the stack: what it did after that, good or bad, is not its own doing."""

    text: str


AnyEvent = PhaseBegan | PhaseEnded | FaultStep | StateChanged | ServerExited | Noted | Interfered


_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class EventLog:
    """Appends events to a run's folder; each is on its way to the disk when `add` returns."""

    def __init__(self, folder: Path) -> None:
        self._lines = LineWriter(folder / EVENTS_FILE)

    def add(self, event: AnyEvent) -> None:
        self._lines.write(event)

    def note(self, text: str, *, problem: bool = False) -> None:
        self.add(Noted(t=now(), text=text, problem=problem))

    def close(self) -> None:
        self._lines.close()


def read_events(folder: Path) -> Iterator[AnyEvent]:
    return read_lines(folder / EVENTS_FILE, _DECODER)
