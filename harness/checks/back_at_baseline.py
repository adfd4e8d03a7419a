"""back-at-baseline: what a role holds (connections, locks, clients that wait) is in the end as it was before."""

import math

import numpy as np

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ENOUGH = 3


class BackAtBaseline(Check, tag="back-at-baseline", frozen=True, kw_only=True):
    """Each of `metrics` of a role is, by the median of its last samples in `after`, within `margin` of its median in
    `before`, as far as no fault had been asked for.
    """

    role: str
    metrics: tuple[str, ...]
    margin: float
    before: str = "baseline"
    after: str = "recovery"

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError(f"no metric of {self.role!r} is named that must be as it was", "name one or more")
        if self.margin < 0:
            raise UsageError(f"a margin of {self.margin:g} can be kept by nothing", "use 0 or more")

    @property
    def waits_s(self) -> float:
        return math.inf

    def describe(self) -> str:
        return f"{', '.join(self.metrics)} of {self.role} are back at their {self.before}, within {self.margin:g}"

    def __call__(self, run: Run) -> Finding:
        worst: tuple[float, str] | None = None
        sampled = [(subject, metric) for role, subject, metric in run.gauges.sampled() if role == self.role]
        for wanted in self.metrics:
            judged = 0
            for subject in (subject for subject, metric in sampled if metric == wanted):
                before, after = (self._samples(run, subject, wanted, phase) for phase in (self.before, self.after))
                if min(len(before), len(after)) < ENOUGH:
                    continue
                judged += 1
                was, is_now = float(np.median(before)), float(np.median(after[-ENOUGH:]))
                text = f"{wanted} of {subject} was {was:g} and is {is_now:g}"
                if worst is None or abs(is_now - was) > worst[0]:
                    worst = abs(is_now - was), text
            if not judged:
                text = f"{wanted} of {self.role} was not sampled {ENOUGH} times in {self.before} and in {self.after}"
                return self._about(Verdict.INCONCLUSIVE, text, None)
        assert worst is not None
        verdict = Verdict.PASS if worst[0] <= self.margin else Verdict.FAIL
        return self._about(verdict, f"the furthest from its {self.before}: {worst[1]}", worst[0])

    def _samples(
        self, run: Run, subject: str, metric: str, phase: str
    ) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        series = run.gauges.series(self.role, subject, metric)
        # A phase lasts until the fault that ends it is felt, and what the fault takes meanwhile is not the usual.
        asked = [fault.asked for fault in run.faults]
        parts = [
            series.between(span.begin, min([span.end, *(t for t in asked if t > span.begin)])).value
            for span in run.spans_of(phase)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _about(self, verdict: Verdict, evidence: str, off: float | None) -> Finding:
        limit = f"<= {self.margin:g}"
        return self.found(verdict, evidence, subject=self.role, phase=self.after, value=off, threshold=limit)
