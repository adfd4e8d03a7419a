"""retry-pauses: how long callers wait before they try again, and whether they do it in step."""

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ROLE = "upstream"
P25, P50, P75 = "pause_p25_s", "pause_p50_s", "pause_p75_s"


class RetryPauses(Check, tag="retry-pauses", frozen=True, kw_only=True):
    """Between a try and the next of the same call, as the external service saw them arrive, the median is `interval_s`,
    more or less `leeway` of it; and the middle half of them differs by at least `spread` of it. Pauses of one length
    bring all callers back at the same moment.
    """

    interval_s: float
    spread: float = 0.1
    leeway: float = 0.3

    def __post_init__(self) -> None:
        if not self.interval_s > 0:
            raise UsageError(f"nobody pauses for {self.interval_s:g} s", "use more than 0")

    def describe(self) -> str:
        return f"tries are {self.interval_s:g} s apart, and not in step"

    def __call__(self, run: Run) -> Finding:
        last = {
            metric: float(run.gauges.series(role, subject, metric).value[-1])
            for role, subject, metric in run.gauges.sampled()
            if role == ROLE and metric in (P25, P50, P75)
        }
        if len(last) < len((P25, P50, P75)):
            return self._found(Verdict.INCONCLUSIVE, "no call was seen to be tried again", None)
        median, spread = last[P50], (last[P75] - last[P25]) / last[P50] if last[P50] else 0.0
        text = f"between two tries were {last[P25]:.2f} to {last[P75]:.2f} s in the middle half, {median:.2f} s at the "
        text += f"median: {spread:.0%} apart"
        near = abs(median - self.interval_s) <= self.leeway * self.interval_s
        return self._found(Verdict.PASS if near and spread >= self.spread else Verdict.FAIL, text, 100 * spread)

    def _found(self, verdict: Verdict, evidence: str, spread: float | None) -> Finding:
        threshold = f">= {self.spread:.0%} apart, {self.interval_s:g} s at the median"
        return self.found(verdict, evidence, subject=ROLE, value=spread, unit="%", threshold=threshold)
