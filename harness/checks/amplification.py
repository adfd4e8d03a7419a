"""amplification: how many calls reach the external service for each that clients made."""

import numpy as np

from harness.checks.base import Check
from harness.checks.watched import gap
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ROLE, CALLS = "upstream", "calls_total"

LONGEST_S = 3.0
"""Between two figures: what came after the last of them in a phase was never counted."""


class Amplification(Check, tag="amplification", frozen=True, kw_only=True):
    """In `phase` the service got at most `most` calls for each request of clients whose name begins with `requests`."""

    most: float
    phase: str = "fault"
    requests: str = "POST /ai/"
    cases: int = 20

    def __post_init__(self) -> None:
        if not self.most > 0:
            raise UsageError(f"{self.most:g} calls for each request cannot be kept to", "use more than 0")

    def describe(self) -> str:
        return f"the external service gets at most {self.most:g} calls for each request during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        asked, calls, sampled = 0, 0.0, False
        for span in run.spans_of(self.phase):
            asked += int(run.in_span(span).name.beginning(self.requests).sum())
            sampled_here = [
                run.gauges.series(role, subject, metric)
                for role, subject, metric in run.gauges.sampled()
                if (role, metric) == (ROLE, CALLS)
            ]
            if found := next((found for series in sampled_here if (found := gap(series, [span], LONGEST_S))), None):
                text = f"for {found[0]:.1f} s of {self.phase} nobody counted what the service got"
                return self._found(Verdict.INCONCLUSIVE, text, None)
            # Figures come every half second: what was counted at the phase's edges lies between two of them.
            counted = [np.interp([span.begin, span.end], series.t, series.value) for series in sampled_here]
            sampled = sampled or bool(counted)
            calls += float(sum(end - begin for begin, end in counted))
        if not sampled:
            return self._found(Verdict.INCONCLUSIVE, f"what the service got was not counted in {self.phase}", None)
        if asked < self.cases:
            text = f"{asked} of the {self.cases} requests {self.requests} that it takes were sent in {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        factor = calls / asked
        text = f"{calls:,.0f} calls reached the service for {asked:,} requests: {factor:.2f} each"
        return self._found(Verdict.PASS if factor <= self.most else Verdict.FAIL, text, factor)

    def _found(self, verdict: Verdict, evidence: str, factor: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=ROLE,
            phase=self.phase,
            value=factor,
            unit="calls a request",
            threshold=f"<= {self.most:g}",
        )
