"""alerted: an alert reaches whom it is for, soon after there is a reason for it."""

from harness.checks.base import Check
from harness.clock import nanoseconds, seconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, StateChanged

BY = "alerts"
SILENT = "silent"


class Alerted(Check, tag="alerted", frozen=True, kw_only=True):
    """Within `within` seconds of the beginning of `phase`, `told` is told of `alert`, which was silent before.

    Where the alarms are `pace` times faster than in production, `within` is what is stated for production.
    """

    alert: str
    told: str
    phase: str
    within: float = 90.0
    pace: float = 1.0

    def __post_init__(self) -> None:
        if self.within < 0 or self.pace <= 0:
            text = f"{self.alert!r} cannot come within {self.within:g} s at {self.pace:g} times the pace"
            raise UsageError(text, "use a time from 0 and a pace of more than 0")

    def describe(self) -> str:
        return f"{self.told} is told of {self.alert} within {self.within:g} s of {self.phase}"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        watched = run.gauges.series(BY, self.alert, "firing")
        if not spans or not len(watched.t):
            what = f"there was no {self.phase}" if not spans else f"nobody asked whether {self.alert} fires"
            return self._about(Verdict.INCONCLUSIVE, what, None)
        begin = spans[0].begin
        before = watched.t < begin
        if before.any() and watched.value[before][-1]:
            text = f"{self.alert} fired before {self.phase} gave a reason for it"
            return self._about(Verdict.FAIL, text, None)
        until = begin + nanoseconds(self.within / self.pace)
        if watched.t[-1] < until and not any(event.after == self.told for event in self._changes(run, begin, until)):
            text = f"{self.alert} was watched for {seconds(int(watched.t[-1]) - begin):.1f} s of {self.phase} only"
            return self._about(Verdict.INCONCLUSIVE, text, None)
        states: list[str] = []
        for event in self._changes(run, begin, until):
            if event.after == self.told:
                took = seconds(event.t - begin) * self.pace
                return self._about(Verdict.PASS, f"{self.told} was told of {self.alert} after {took:.0f} s", took)
            if event.after != SILENT:
                states.append(event.after)
        how = f": it was {', '.join(dict.fromkeys(states))}" if states else ""
        text = f"{self.told} was not told of {self.alert} within {self.within:g} s of {self.phase}{how}"
        return self._about(Verdict.FAIL, text, None)

    def _changes(self, run: Run, begin: int, until: int) -> list[StateChanged]:
        return [
            event
            for event in run.events_of(StateChanged)
            if event.by == BY and event.subject == self.alert and begin <= event.t < until
        ]

    def _about(self, verdict: Verdict, evidence: str, value: float | None) -> Finding:
        threshold = f"< {self.within:g} s"
        return self.found(
            verdict, evidence, subject=self.alert, phase=self.phase, value=value, unit="s", threshold=threshold
        )
