"""detected: somebody whose task it is noticed the fault, in time."""

from harness.checks.base import Check
from harness.checks.watched import gap
from harness.clock import nanoseconds, seconds
from harness.finding import Finding, Verdict
from harness.run import FaultSpan, Run, Span, StateChanged

OUT = ("DOWN", "MAINT", "DRAIN", "NOLB")

UNSEEN_S = 1.5
"""Between two looks at the states, which come twice a second: what happened meanwhile is told too late."""


class Detected(Check, tag="detected", frozen=True, kw_only=True):
    """`by` (a role, as "lb") took the fault's target out within `within` seconds of its beginning."""

    by: str
    within: float

    @property
    def waits_s(self) -> float:
        return self.within

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
                if took < self.within:
                    return self.found(Verdict.PASS, text, subject=fault.target, value=took, unit="s", threshold=limit)
                return self._late(run, fault, text, took)
        end = fault.gone or run.end
        text = f"{self.by} never took {fault.target} out in the {seconds(end - fault.felt):.1f} s of {fault.fault}"
        return self._late(run, fault, text, None)

    def _late(self, run: Run, fault: FaultSpan, text: str, took: float | None) -> Finding:
        """Too late, unless nobody looked while there was time: then it may have been earlier than it was seen."""
        assert fault.felt is not None
        verdict, limit = Verdict.FAIL, f"< {self.within:g} s"
        in_time = Span("fault", fault.felt, fault.felt + nanoseconds(self.within), fault=True)
        if found := gap(run.gauges.series(self.by, fault.target, "up"), [in_time], UNSEEN_S):
            verdict, text = Verdict.INCONCLUSIVE, f"{text}; nobody looked for {found[0]:.1f} s of that"
        return self.found(verdict, text, subject=fault.target, value=took, unit="s", threshold=limit)
