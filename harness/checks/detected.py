"""detected: somebody whose task it is noticed the fault, in time."""

from typing import ClassVar

from harness.checks.base import Check
from harness.clock import seconds
from harness.finding import Finding, Verdict
from harness.run import Run, StateChanged

OUT = ("DOWN", "MAINT", "DRAIN", "NOLB")


class Detected(Check, tag="detected", frozen=True, kw_only=True):
    """`by` (a role, as "lb") took the fault's target out within `within` seconds of its beginning."""

    waits: ClassVar[bool] = True

    by: str
    within: float

    def describe(self) -> str:
        return f"detected by {self.by} within {self.within:g} s"

    def __call__(self, run: Run) -> Finding:
        limit = f"< {self.within:g} s"
        fault = run.first_felt
        if fault is None or fault.felt is None:
            return self.found(Verdict.INCONCLUSIVE, "no fault was felt, so none could be detected", threshold=limit)
        watched = any(role == self.by and metric == "up" for role, _, metric in run.gauges.sampled())
        if not watched:
            return self.found(Verdict.INCONCLUSIVE, f"the states in {self.by} were not sampled", threshold=limit)
        for event in run.events_of(StateChanged):
            if event.by == self.by and event.subject == fault.target and event.t >= fault.asked and event.after in OUT:
                took = max(seconds(event.t - fault.felt), 0.0)
                text = f"{self.by} took {fault.target} out {took:.2f} s after {fault.fault} began"
                verdict = Verdict.PASS if took < self.within else Verdict.FAIL
                return self.found(verdict, text, subject=fault.target, value=took, unit="s", threshold=limit)
        end = fault.gone or run.end
        text = f"{self.by} never took {fault.target} out in the {seconds(end - fault.felt):.1f} s of {fault.fault}"
        return self.found(Verdict.FAIL, text, subject=fault.target, unit="s", threshold=limit)
