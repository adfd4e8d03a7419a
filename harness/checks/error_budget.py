"""error-budget: how fast a run's failures burn what an objective allows."""

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

DAY_S = 86_400
DAYS = 30
ENOUGH = 100


class ErrorBudget(Check, tag="error-budget", frozen=True, kw_only=True):
    """`objective` per cent of the requests are to be answered well; what may fail of 30 days is the budget. From the
    first phase to the last, the run burns it at most `most_rate` times as fast as it lasts those days.
    """

    objective: float
    most_rate: float

    def __post_init__(self) -> None:
        if not 0 < self.objective < 100:
            raise UsageError(f"an objective of {self.objective:g} % leaves no budget", "use 0 < objective < 100")

    def describe(self) -> str:
        return f"the error budget of {self.objective:g} % is burnt at {self.most_rate:g} times its rate at most"

    def __call__(self, run: Run) -> Finding:
        requests, lasted = run.played, sum(span.seconds for span in run.spans)
        if len(requests) < ENOUGH or not lasted:
            text = f"{len(requests)} of the {ENOUGH} requests that it takes were recorded"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        if why := limited(run, run.spans, paced=False):
            return self._found(Verdict.INCONCLUSIVE, why, None)
        failed = int(requests.failed.sum())
        may_fail = 1 - self.objective / 100
        rate = failed / len(requests) / may_fail
        burnt = 100 * rate * lasted / (DAYS * DAY_S)
        text = f"{failed:,} of {len(requests):,} requests failed: {rate:.3g} times its rate; of the budget "
        text += f"these {lasted:.0f} s burnt {burnt:.2g} %"
        return self._found(Verdict.PASS if rate <= self.most_rate else Verdict.FAIL, text, rate)

    def _found(self, verdict: Verdict, evidence: str, rate: float | None) -> Finding:
        subject = f"error budget of {self.objective:g} %"
        return self.found(
            verdict,
            evidence,
            subject=subject,
            value=rate,
            unit="times its rate",
            threshold=f"{subject} burnt at <= {self.most_rate:g} times its rate",
        )
