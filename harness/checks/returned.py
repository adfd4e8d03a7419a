"""returned: who took the fault's target out put it back, and nobody had to heal it."""

from harness.checks.base import Check
from harness.checks.detected import OUT
from harness.clock import seconds
from harness.finding import Finding, Verdict
from harness.run import Run, StateChanged


class Returned(Check, tag="returned", frozen=True, kw_only=True):
    """`by` (a role, as "lb") put the fault's target back for good within `within` seconds of its beginning, before
    the heal: it had come back by itself.
    """

    by: str
    within: float

    @property
    def waits_s(self) -> float:
        return self.within

    def describe(self) -> str:
        return f"put back by {self.by} within {self.within:g} s, before the heal"

    def __call__(self, run: Run) -> Finding:
        limit = f"< {self.within:g} s"
        fault = run.first_felt
        if fault is None or fault.felt is None:
            return self.found(Verdict.INCONCLUSIVE, "no fault was felt, so none could be got over", threshold=limit)
        end = fault.heal or run.end
        states = [
            event
            for event in run.events_of(StateChanged)
            if event.by == self.by and event.subject == fault.target and fault.asked <= event.t < end
        ]
        if not any(event.after in OUT for event in states):
            text = f"{self.by} never took {fault.target} out, so it could not put it back"
            return self.found(Verdict.INCONCLUSIVE, text, subject=fault.target, threshold=limit)
        last = states[-1]
        if last.after in OUT:
            text = (
                f"{self.by} had not put {fault.target} back after {seconds(end - fault.felt):.1f} s, when it was healed"
            )
            return self.found(Verdict.FAIL, text, subject=fault.target, unit="s", threshold=limit)
        took = max(seconds(last.t - fault.felt), 0.0)
        text = f"{self.by} put {fault.target} back {took:.2f} s after {fault.fault} began"
        verdict = Verdict.PASS if took < self.within else Verdict.FAIL
        return self.found(verdict, text, subject=fault.target, value=took, unit="s", threshold=limit)
