"""no-slower: the latency of one phase is that of another, within a margin."""

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.checks.metrics import METRICS
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run


class NoSlower(Check, tag="no-slower", frozen=True, kw_only=True):
    """In `phase` the latency `metric` was at most `margin_ms` more than in the phase `than`."""

    margin_ms: float
    metric: str = "http.p95"
    phase: str = "fault"
    than: str = "baseline"

    def __post_init__(self) -> None:
        if self.margin_ms <= 0:
            raise UsageError(f"{self.margin_ms:g} ms is no margin that latency can keep", "use more than 0")
        if self.metric not in METRICS or not METRICS[self.metric].latency:
            raise UsageError(f"{self.metric!r} is no latency", "use one like http.p95")

    def describe(self) -> str:
        return f"{self.metric} of {self.phase} is at most {self.margin_ms:g} ms over that of {self.than}"

    def __call__(self, run: Run) -> Finding:
        metric = METRICS[self.metric]
        figures: list[float] = []
        for phase in (self.than, self.phase):
            spans = run.spans_of(phase)
            if why := limited(run, spans):
                return self._about(Verdict.INCONCLUSIVE, why, None)
            requests = run.during(phase)
            answered = int(requests.ok.sum())
            value = metric.of(requests, sum(span.seconds for span in spans))
            if answered < metric.needs or value is None:
                text = f"{answered} answered requests in {phase}; {self.metric} needs {metric.needs}"
                return self._about(Verdict.INCONCLUSIVE, text, None)
            figures.append(value * 1000)
        was, is_now = figures
        verdict = Verdict.PASS if is_now - was <= self.margin_ms else Verdict.FAIL
        text = f"{is_now:.1f} ms in {self.phase} after {was:.1f} ms in {self.than}"
        return self._about(verdict, text, is_now - was)

    def _about(self, verdict: Verdict, evidence: str, more_ms: float | None) -> Finding:
        threshold = f"<= {self.margin_ms:g} ms over {self.than}"
        return self.found(
            verdict,
            evidence,
            subject=self.metric,
            phase=self.phase,
            value=more_ms,
            unit="ms",
            threshold=threshold,
        )
