"""sent-once: what the external service knows no key for reaches it once."""

import numpy as np

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ROLE, REPEATED, KEYLESS = "upstream", "repeated_total", "keyless_total"


class SentOnce(Check, tag="sent-once", frozen=True, kw_only=True):
    """From the first reading to the last, no call reached the service that repeated another and was no try of it: it
    had no key, or another one. At least `cases` calls without a key were made.

    The clients must not ask the same twice themselves: see scenarios/assist.py.
    """

    cases: int = 10

    def __post_init__(self) -> None:
        if self.cases < 1:
            raise UsageError(f"{self.cases} calls without a key prove nothing", "ask for 1 or more")

    def describe(self) -> str:
        return "no write reaches the external service twice"

    def __call__(self, run: Run) -> Finding:
        repeated, keyless = grown(run, REPEATED), grown(run, KEYLESS)
        if repeated is None or keyless is None:
            return self._found(Verdict.INCONCLUSIVE, "what reached the service was not counted", None)
        if repeated:
            text = f"{repeated:.0f} calls repeated another, without its key; {keyless:.0f} calls had no key"
            return self._found(Verdict.FAIL, text, repeated)
        if keyless < self.cases:
            text = f"{keyless:.0f} of the {self.cases} calls without a key that it takes were made"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        text = f"{keyless:.0f} calls without a key reached the service, none of them twice"
        return self._found(Verdict.PASS, text, 0.0)

    def _found(self, verdict: Verdict, evidence: str, repeated: float | None) -> Finding:
        return self.found(verdict, evidence, subject=ROLE, value=repeated, unit="repeated calls", threshold="== 0")


def grown(run: Run, metric: str) -> float | None:
    """By how much a figure of the service grew while it was sampled; None when it was not. It may start anew."""
    counted = [
        run.gauges.series(role, subject, name).value
        for role, subject, name in run.gauges.sampled()
        if (role, name) == (ROLE, metric)
    ]
    return float(sum(np.diff(value).clip(min=0).sum() for value in counted)) if counted else None
