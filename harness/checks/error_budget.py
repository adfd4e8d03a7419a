"""error-budget: how fast a run's failures burn what an objective allows."""

from harness.checks.base import Check
from harness.checks.generator import not_sent
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
        if why := not_sent(run, run.spans):
            return self._found(Verdict.INCONCLUSIVE, f"the load generator was the limit: {why}", None)
        failed = int(requests.failed.sum())
        may_fail = 1 - self.objective / 100
        rate = failed / len(requests) / may_fail
        burnt = 100 * rate * lasted / (DAYS * DAY_S)
        text = f"{failed:,} of {len(requests):,} requests failed: {rate:.3g} times the rate of the budget, of which "
        text += f"these {lasted:.0f} s burnt {burnt:.2g} %"
        return self._found(Verdict.PASS if rate <= self.most_rate else Verdict.FAIL, text, rate)

    def _found(self, verdict: Verdict, evidence: str, rate: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject="http.availability",
            value=rate,
            unit="times the rate",
            threshold=f"<= {self.most_rate:g}",
        )
