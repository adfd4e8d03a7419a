"""spread: the instances share the work."""

import numpy as np

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ROLE = "app"
NAMED = 4


class Spread(Check, tag="spread", frozen=True, kw_only=True):
    """In `phase` every instance gave at least `least` of an equal share of the answers, and all told who they were."""

    phase: str
    least: float = 0.7
    cases: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.least <= 1:
            raise UsageError(f"no instance can be held to {self.least:g} of an equal share", "use 0 < least <= 1")

    def describe(self) -> str:
        return f"each instance does at least {self.least:.0%} of its share during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        answered = run.during(self.phase)
        counts = dict.fromkeys(run.plan.stack.members.get(ROLE, ()), 0)
        told = answered.where(answered.instance.codes >= 0)
        if len(told) < self.cases:
            text = f"{len(told)} of the {self.cases} answers that it takes named their instance in {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        found = dict(told.instance.counts())
        if counts and found.keys().isdisjoint(counts):
            # Who did how much cannot be said of names that are nobody's.
            text = f"answers name {', '.join(sorted(found)[:NAMED])}; the instances are {', '.join(sorted(counts))}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        counts |= found
        if len(counts) < 2:
            return self._found(Verdict.INCONCLUSIVE, f"there is one instance, {next(iter(counts))}", None)
        fair = len(told) / len(counts)
        idlest = min(counts, key=lambda name: (counts[name], name))
        share = counts[idlest] / fair
        text = ", ".join(f"{name} gave {counts[name]:,}" for name in sorted(counts))
        text += f": {idlest} did {share:.0%} of its share"
        return self._found(Verdict.PASS if share >= self.least else Verdict.FAIL, text, float(np.round(100 * share, 1)))

    def _found(self, verdict: Verdict, evidence: str, share: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=ROLE,
            phase=self.phase,
            value=share,
            unit="%",
            threshold=f">= {self.least:.0%}",
        )
