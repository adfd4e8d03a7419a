"""sampled: a server's own figures were read during the run, all of those that are wanted."""

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run


class Sampled(Check, tag="sampled", frozen=True, kw_only=True):
    """Each of `metrics` of a role was sampled at least `samples` times; those named `…_total` grew meanwhile."""

    role: str
    metrics: tuple[str, ...]
    samples: int = 4

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError(f"no metric of {self.role!r} is named that must be sampled", "name one or more")
        if self.samples < 2:
            raise UsageError(f"{self.samples} samples of {self.role!r} tell no course", "ask for 2 or more")

    def describe(self) -> str:
        return f"{self.role} is sampled: {', '.join(self.metrics)}"

    def __call__(self, run: Run) -> Finding:
        sampled = [(subject, metric) for role, subject, metric in run.gauges.sampled() if role == self.role]
        threshold = f">= {self.samples} samples each"
        if not sampled:
            text = f"nobody asked {self.role} for figures"
            return self.found(Verdict.INCONCLUSIVE, text, subject=self.role, threshold=threshold)
        wrong: list[str] = []
        fewest: int | None = None
        for metric in self.metrics:
            series = [run.gauges.series(self.role, subject, name) for subject, name in sampled if name == metric]
            count = max((len(one.t) for one in series), default=0)
            fewest = count if fewest is None else min(fewest, count)
            if count < self.samples:
                wrong.append(f"{metric} has {count} samples")
            elif metric.endswith("_total") and not any(one.value[-1] > one.value[0] for one in series):
                wrong.append(f"{metric} did not grow")
        verdict = Verdict.FAIL if wrong else Verdict.PASS
        text = "; ".join(wrong) or f"each of {len(self.metrics)} metrics of {self.role} has at least {fewest} samples"
        return self.found(verdict, text, subject=self.role, value=fewest, unit="samples", threshold=threshold)
