"""answered: what one kind of request was answered in a phase."""

from collections import Counter

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.clock import nanoseconds
from harness.finding import Finding, Verdict
from harness.run import Run

SHOWN = 5


class Answered(Check, tag="answered", frozen=True, kw_only=True):
    """Every request named `request` that was due later than `after` seconds into `phase`, and was answered before that
    ended (where a fault was in effect: before its heal began), had one of `statuses`; and there were at least `cases`
    of them. No answer at all is status 0, and so is none within `patience` seconds.
    """

    request: str
    statuses: tuple[int, ...]
    phase: str
    after: float = 0.0
    cases: int = 5
    patience: float = 2.0

    @property
    def wanted(self) -> str:
        return " or ".join(str(status) for status in self.statuses)

    def describe(self) -> str:
        since = f" from its second {self.after:g} on" if self.after else ""
        return f"{self.request} is answered {self.wanted} during {self.phase}{since}"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        if why := limited(run, spans, paced=False):
            return self._found(Verdict.INCONCLUSIVE, why, None)
        counts: Counter[int] = Counter()
        for span in spans:
            heals = [fault.heal for fault in run.faults if fault.heal and span.begin <= fault.heal < span.end]
            requests = run.in_span(span)
            end = min(heals, default=span.end)
            due = requests.name.equal(self.request) & (requests.intended >= span.begin + nanoseconds(self.after))
            answered = requests.finished < end
            counts.update(requests.where(due & answered).status.tolist())
            counts[0] += int((due & ~answered & (requests.intended < end - nanoseconds(self.patience))).sum())
        total = sum(counts.values())
        others = {status: n for status, n in counts.most_common() if n and status not in self.statuses}
        if others:
            told = ", ".join(f"{status or 'no answer'} × {count}" for status, count in list(others.items())[:SHOWN])
            text = f"{sum(others.values())} of {total} {self.request} were not answered {self.wanted}: {told}"
            return self._found(Verdict.FAIL, text, float(sum(others.values())))
        if total < self.cases:
            text = f"{total} of the {self.cases} {self.request} that it takes were sent in {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        return self._found(Verdict.PASS, f"all {total} {self.request} were answered {self.wanted}", 0.0)

    def _found(self, verdict: Verdict, evidence: str, others: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=self.request,
            phase=self.phase,
            value=others,
            unit="other answers",
            threshold=f"== {self.wanted}",
        )
