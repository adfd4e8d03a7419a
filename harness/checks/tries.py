"""tries: how often a call of the external service is tried before its caller gives up."""

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

ROLE = "upstream"
MOST, CALLS, KEYS, KEYLESS = "most_tries", "calls_total", "keys_total", "keyless_total"


class Tries(Check, tag="tries", frozen=True, kw_only=True):
    """As the external service saw them arrive, some call was tried exactly `times` times, and none more often.

    Calls are told apart by their idempotency key. With fewer than `cases` tries that were not first ones, no call need
    have come to its last.
    """

    times: int
    cases: int = 20

    def __post_init__(self) -> None:
        if self.times < 1:
            raise UsageError(f"no call is tried {self.times} times", "use 1 or more")

    def describe(self) -> str:
        return f"a call is tried {self.times} times at most, and as often as that"

    def __call__(self, run: Run) -> Finding:
        last = {
            metric: float(run.gauges.series(role, subject, metric).value[-1])
            for role, subject, metric in run.gauges.sampled()
            if role == ROLE
        }
        if not {MOST, CALLS, KEYS, KEYLESS} <= last.keys():
            return self._found(Verdict.INCONCLUSIVE, "what the service got was not counted", None)
        most, calls = last[MOST], last[KEYS]
        again = last[CALLS] - calls - last[KEYLESS]
        text = f"no call was tried more than {most:.0f} times; {again:,.0f} tries of {calls:,.0f} calls were later ones"
        if most < self.times and again < self.cases:
            return self._found(Verdict.INCONCLUSIVE, f"{text}; it takes {self.cases}", None)
        return self._found(Verdict.PASS if most == self.times else Verdict.FAIL, text, most)

    def _found(self, verdict: Verdict, evidence: str, most: float | None) -> Finding:
        return self.found(verdict, evidence, subject=ROLE, value=most, unit="tries", threshold=f"== {self.times}")
