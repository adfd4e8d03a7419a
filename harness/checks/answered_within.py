"""answered-within: how soon one kind of answer comes, a refusal among them."""

import numpy as np

from harness.checks.base import Check
from harness.checks.figures import figure
from harness.checks.generator import limited
from harness.checks.percentile import percentile
from harness.finding import Finding, Verdict
from harness.run import Run

Q = 95.0


class AnsweredWithin(Check, tag="answered-within", frozen=True, kw_only=True):
    """In `phase`, 95 % of the answers of one of `statuses` to the requests whose name begins with `request` took less
    than `within` seconds; and there were at least `cases` of them.
    """

    request: str
    statuses: tuple[int, ...]
    within: float
    phase: str = "fault"
    cases: int = 20

    @property
    def wanted(self) -> str:
        return " or ".join(str(status) for status in self.statuses)

    def describe(self) -> str:
        return f"{self.request} is answered {self.wanted} within {self.within:g} s during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        if why := limited(run, run.spans_of(self.phase)):
            return self._found(Verdict.INCONCLUSIVE, why, None)
        requests = run.during(self.phase)
        answers = requests.where(requests.name.beginning(self.request) & np.isin(requests.status, self.statuses))
        p95 = percentile(answers.latency_s, Q)
        if len(answers) < self.cases or p95 is None:
            text = f"{len(answers)} of the {self.cases} answers {self.wanted} that it takes came in {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        text = f"{Q:g} % of {len(answers)} answers {self.wanted} took at most {figure(p95, 's')}"
        return self._found(Verdict.PASS if p95 < self.within else Verdict.FAIL, text, p95)

    def _found(self, verdict: Verdict, evidence: str, p95: float | None) -> Finding:
        threshold = f"< {self.within:g} s"
        return self.found(
            verdict, evidence, subject=self.request, phase=self.phase, value=p95, unit="s", threshold=threshold
        )
