"""Progress: what a person may follow while a drill runs. The conductor tells, a progress shows."""

from typing import NamedTuple

from harness.drill import Drill, Phase
from harness.finding import VerdictDocument


class Live(NamedTuple):
    """The last seconds of load, for the eye: verdicts read the recording. None: nothing was answered."""

    rate: float
    p95_ms: float | None
    errors_percent: float | None
    in_flight: int


class Progress:
    """Tells nobody. Subclasses override what they show."""

    def drill(self, drill: Drill, folder: str, position: str = "") -> None:
        """A drill begins; `position` is "2 of 3" when there are several."""

    def say(self, text: str) -> None:
        """Something happened that is worth a line."""

    def phase(self, phase: Phase, drill: Drill) -> None:
        """A phase of the timeline begins."""

    def live(self, live: Live) -> None: ...

    def harmed(self, what: str | None) -> None:
        """What is harmed now; None when nothing is any more."""

    def verdict(self, document: VerdictDocument, report: str) -> None: ...

    def close(self) -> None: ...
