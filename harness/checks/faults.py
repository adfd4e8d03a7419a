"""faults: each fault was felt while it lasted and seen to be gone after its heal."""

from typing import ClassVar

from harness.checks.base import Check
from harness.clock import seconds
from harness.finding import Finding, Verdict
from harness.run import FaultStep, Run, Step


class FaultsFeltAndGone(Check, tag="faults", frozen=True, kw_only=True):
    """A fault that was not felt proves nothing (inconclusive); one that is not gone is a loud failure."""

    implicit: ClassVar[bool] = True

    def describe(self) -> str:
        return "each fault was felt, and seen to be gone"

    def __call__(self, run: Run) -> Finding:
        planned = [phase.fault for phase in run.plan.drill.timeline if phase.fault]
        stuck = [event for event in run.events_of(FaultStep) if event.step is Step.NOT_GONE]
        if stuck:
            text = f"{stuck[0].fault} could not be undone: {stuck[0].evidence}"
            return self.found(Verdict.FAIL, text, subject=stuck[0].target)
        if not planned:
            return self.found(Verdict.PASS, "no fault was planned, and none was injected")
        unfelt = [event for event in run.events_of(FaultStep) if event.step is Step.NOT_FELT]
        if unfelt:
            text = f"{unfelt[0].fault} was not felt: {unfelt[0].evidence}"
            return self.found(Verdict.INCONCLUSIVE, text, subject=unfelt[0].target)
        if len(run.faults) < len(planned):
            text = f"{len(run.faults)} of {len(planned)} planned faults were injected"
            return self.found(Verdict.INCONCLUSIVE, text)
        for fault in run.faults:
            if fault.felt is None or fault.gone is None:
                missing = "felt" if fault.felt is None else "gone"
                text = f"the recording ends before {fault.fault} was seen to be {missing}"
                return self.found(Verdict.INCONCLUSIVE, text, subject=fault.target)
        lasted = [f"{f.fault} for {seconds((f.gone or 0) - (f.felt or 0)):.2f} s" for f in run.faults]
        return self.found(Verdict.PASS, f"felt and gone: {', '.join(lasted)}")
