"""memory: no process of a role ever held more than it may."""

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

MIB = 2**20
ENOUGH = 4


class Memory(Check, tag="memory", frozen=True, kw_only=True):
    """Each member of `role`, with all that it has started, held at most `most_mib` in `phase`: its limit. How much more
    it held than at first is what `grew` asks."""

    role: str
    most_mib: float
    phase: str = "fault"

    def __post_init__(self) -> None:
        if self.most_mib <= 0:
            raise UsageError(f"nothing runs in {self.most_mib:g} MiB", "use more than 0")

    def describe(self) -> str:
        return f"{self.role} holds at most {self.most_mib:g} MiB during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        held: dict[str, float] = {}
        for role, subject, metric in run.gauges.sampled():
            if (role, metric) != (self.role, "rss_bytes"):
                continue
            series = run.gauges.series(role, subject, metric)
            for span in run.spans_of(self.phase):
                values = series.between(span.begin, span.end).value
                if len(values) >= ENOUGH:
                    held[subject] = max(held.get(subject, 0.0), float(values.max()) / MIB)
        if not held:
            text = f"the memory of {self.role} was not sampled {ENOUGH} times in {self.phase}"
            return self._about(Verdict.INCONCLUSIVE, text, None)
        subject = max(held, key=lambda name: held[name])
        verdict = Verdict.PASS if held[subject] <= self.most_mib else Verdict.FAIL
        return self._about(verdict, f"{subject} held most of {len(held)}, {held[subject]:.0f} MiB", held[subject])

    def _about(self, verdict: Verdict, evidence: str, value: float | None) -> Finding:
        threshold = f"<= {self.most_mib:g} MiB"
        return self.found(
            verdict, evidence, subject=self.role, phase=self.phase, value=value, unit="MiB", threshold=threshold
        )
