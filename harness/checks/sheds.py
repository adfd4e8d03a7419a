"""sheds: of more load than can be served a part is refused at once, so that the rest is served."""

from typing import NamedTuple

from harness.checks.base import Check
from harness.checks.figures import figure
from harness.checks.generator import limited
from harness.checks.percentile import percentile
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

REFUSED = 503
ENOUGH = 100
LEAST_OVERLOAD = 1.5
"""Where less comes than so many times what is served in time, it was not too much."""

MOST_NEITHER_PERCENT = 5.0
"""How many may be neither served in time nor refused."""

Q = 95.0


class _Phase(NamedTuple):
    """What became of the requests that were due in it: `refusal_s` is what 95 % of the refusals took at most."""

    seconds: float
    sent: int
    served: int
    refused: int
    refusal_s: float | None

    @property
    def served_rate(self) -> float:
        return self.served / self.seconds

    def percent(self, count: int) -> float:
        return 100 * count / self.sent


class Sheds(Check, tag="sheds", frozen=True, kw_only=True):
    """In `phase` more comes than can be served. At least `least_times` as much is served a second, within
    `served_within` seconds, as in the phase `like`; the rest is answered 503, 95 % of it within `refused_within`.
    """

    least_times: float = 1.0
    refused_within: float = 0.5
    served_within: float = 1.0
    phase: str = "overload"
    like: str = "baseline"

    def __post_init__(self) -> None:
        if not 0 < self.refused_within <= self.served_within:
            raise UsageError(
                f"a refusal after {self.refused_within:g} s is later than what is served in {self.served_within:g} s",
                "refuse sooner than you serve",
            )
        if self.least_times <= 0:
            raise UsageError(f"{self.least_times:g} times as much is no bound", "use more than 0")

    def describe(self) -> str:
        return f"what is too much during {self.phase} is refused within {self.refused_within:g} s, and the rest served"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        over, usual = self._counted(run, self.phase), self._counted(run, self.like)
        if over is None or usual is None:
            text = f"not both of {self.like} and {self.phase} had the {ENOUGH} requests that it takes to judge"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        if why := limited(run, spans):
            return self._found(Verdict.INCONCLUSIVE, why, None)
        neither = over.sent - over.served - over.refused
        text = (
            f"of {over.sent / over.seconds:.0f}/s {over.served_rate:.0f}/s were served within {self.served_within:g} s"
            f" ({self.like}: {usual.served_rate:.0f}/s), {over.refused / over.seconds:.0f}/s were refused"
            + ("" if over.refusal_s is None else f", {Q:g} % of them within {figure(over.refusal_s, 's')}")
            + f", {neither / over.seconds:.0f}/s were neither"
        )
        if over.sent < LEAST_OVERLOAD * over.served:
            return self._found(Verdict.INCONCLUSIVE, f"it was not too much: {text}", over)
        held = (
            over.percent(neither) <= MOST_NEITHER_PERCENT
            and over.served_rate >= self.least_times * usual.served_rate
            and over.refusal_s is not None
            and over.refusal_s < self.refused_within
        )
        return self._found(Verdict.PASS if held else Verdict.FAIL, text, over)

    def _counted(self, run: Run, phase: str) -> _Phase | None:
        """The phase as it was the first time; None where it was not, or without enough requests."""
        span = next(iter(run.spans_of(phase)), None)
        if span is None:
            return None
        requests = run.due_in(span.begin, span.end)
        if len(requests) < ENOUGH:
            return None
        refusals = requests.where(requests.status == REFUSED)
        return _Phase(
            seconds=span.seconds,
            sent=len(requests),
            served=int((requests.ok & (requests.latency_s <= self.served_within)).sum()),
            refused=len(refusals),
            refusal_s=percentile(refusals.latency_s, Q),
        )

    def _found(self, verdict: Verdict, evidence: str, over: _Phase | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            phase=self.phase,
            value=None if over is None else over.served_rate,
            unit="/s",
            threshold=f">= {self.least_times:g} × {self.like}, refusals < {self.refused_within:g} s",
        )
