"""grew: how much the memory of a role's processes grew in a phase."""

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

MIB = 2**20
ENOUGH = 4


class Grew(Check, tag="grew", frozen=True, kw_only=True):
    """No process of `role` held more than `most_mib` more memory in `phase` than at its beginning."""

    role: str
    most_mib: float
    phase: str = "fault"

    def __post_init__(self) -> None:
        if self.most_mib <= 0:
            raise UsageError(f"{self.most_mib:g} MiB is no bound that growth can keep", "use more than 0")

    def describe(self) -> str:
        return f"{self.role} grows by at most {self.most_mib:g} MiB during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        growths: dict[str, float] = {}
        for role, subject, metric in run.gauges.sampled():
            if (role, metric) != (self.role, "rss_bytes"):
                continue
            series = run.gauges.series(role, subject, metric)
            for span in run.spans_of(self.phase):
                held = series.between(span.begin, span.end).value
                if len(held) >= ENOUGH:
                    growths[subject] = max(growths.get(subject, 0.0), float(held.max() - held[0]) / MIB)
        if not growths:
            text = f"the memory of {self.role} was not sampled {ENOUGH} times in {self.phase}"
            return self._about(Verdict.INCONCLUSIVE, text, None)
        subject = max(growths, key=lambda name: growths[name])
        verdict = Verdict.PASS if growths[subject] <= self.most_mib else Verdict.FAIL
        text = f"{subject} grew most of {len(growths)}, by {growths[subject]:.1f} MiB"
        return self._about(verdict, text, growths[subject])

    def _about(self, verdict: Verdict, evidence: str, growth: float | None) -> Finding:
        threshold = f"<= {self.most_mib:g} MiB"
        return self.found(
            verdict, evidence, subject=self.role, phase=self.phase, value=growth, unit="MiB", threshold=threshold
        )
