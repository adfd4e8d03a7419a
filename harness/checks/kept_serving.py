"""kept-serving: the fault's own target goes on giving good answers."""

import numpy as np

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.clock import seconds
from harness.finding import Finding, Verdict
from harness.run import Run


class KeptServing(Check, tag="kept-serving", frozen=True, kw_only=True):
    """In `phase` the fault's target, an instance, never went longer than `longest_silence` seconds without a good
    answer. Where the others do its work nobody else would notice that it gives none.
    """

    longest_silence: float
    phase: str = "fault"

    def describe(self) -> str:
        return f"the target itself serves on during {self.phase}, never silent for {self.longest_silence:g} s"

    def __call__(self, run: Run) -> Finding:
        limit = f"<= {self.longest_silence:g} s"
        spans = run.spans_of(self.phase)
        fault = run.first_felt
        if not spans or fault is None:
            text = f"no fault was felt in {self.phase}, so nothing had to be borne"
            return self.found(Verdict.INCONCLUSIVE, text, phase=self.phase, threshold=limit)
        if why := limited(run, spans):
            return self.found(Verdict.INCONCLUSIVE, why, phase=self.phase, threshold=limit)
        target = fault.target
        good = run.requests.where(run.requests.ok & run.requests.instance.equal(target))
        if not len(good):
            text = f"no good answer of {target} was recorded, before the fault or after"
            return self.found(Verdict.INCONCLUSIVE, text, subject=target, phase=self.phase, threshold=limit)
        worst, since = 0, 0
        answers = 0
        for span in spans:
            times = np.sort(good.finished[(good.finished >= span.begin) & (good.finished < span.end)])
            answers += len(times)
            edges = np.concatenate(([span.begin], times, [span.end]))
            gaps = np.diff(edges)
            longest = int(np.argmax(gaps))
            if int(gaps[longest]) > worst:
                worst, since = int(gaps[longest]), int(edges[longest])
        silence = seconds(worst)
        verdict = Verdict.PASS if silence <= self.longest_silence else Verdict.FAIL
        text = f"{target} gave {answers:,} good answers; its longest silence was {silence:.2f} s"
        text += f" (from {run.since_begin(since):.1f} s)"
        return self.found(verdict, text, subject=target, phase=self.phase, value=silence, unit="s", threshold=limit)
