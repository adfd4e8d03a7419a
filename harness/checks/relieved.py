"""relieved: when the load falls, its harm ends too. Where it does not, the state is metastable: it keeps itself up."""

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.checks.recovered import STEP_S, broken, judgeable
from harness.checks.threshold import parse
from harness.clock import nanoseconds, seconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

FALLEN = 0.8
"""How much of the rate before is left at most of a load that has fallen."""


class Relieved(Check, tag="relieved", frozen=True, kw_only=True):
    """Fewer clients come in `phase` than in `after`. Within `within` seconds every window of 2 s meets `slo`, until the
    phase ends.
    """

    within: float
    slo: tuple[str, ...] = ("http.p95 < 1s", "http.errors < 1%")
    phase: str = "relief"
    after: str = "overload"

    def __post_init__(self) -> None:
        if self.phase == self.after:
            raise UsageError(f"{self.phase!r} cannot be relieved of itself", "name the phase of more load as `after`")
        for threshold in self.slo:
            parse(threshold)

    @property
    def waits_s(self) -> float:
        return self.within

    def describe(self) -> str:
        return f"relieved within {self.within:g} s after {self.after}"

    def __call__(self, run: Run) -> Finding:
        before, spans = run.spans_of(self.after), run.spans_of(self.phase)
        if not before or not spans:
            return self._found(Verdict.INCONCLUSIVE, f"not both of {self.after} and {self.phase} took place")
        if why := limited(run, [*before, *spans]):
            return self._found(Verdict.INCONCLUSIVE, why)
        rate, high = (
            sum(len(run.due_in(s.begin, s.end)) for s in some) / sum(s.seconds for s in some)
            for some in (spans, before)
        )
        if rate > FALLEN * high:
            text = f"the load did not fall: {high:.1f}/s in {self.after}, {rate:.1f}/s in {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text)
        judged = judgeable(run, spans)
        if not judged:
            return self._found(Verdict.INCONCLUSIVE, f"no 2 s of {self.phase} had the requests that it takes to judge")
        bad = [(window, why) for window in judged if (why := broken(window, self.slo))]
        if bad and bad[-1][0] is judged[-1]:
            lasted = seconds(judged[-1].end - spans[0].begin)
            text = (
                f"metastable: {lasted:.1f} s after the load fell from {high:.0f}/s to {rate:.0f}/s, {bad[-1][1]} still"
            )
            return self._found(Verdict.FAIL, text)
        took = seconds(bad[-1][0].begin + nanoseconds(STEP_S) - spans[0].begin) if bad else 0.0
        text = f"the SLO holds from {took:.2f} s after the load fell from {high:.0f}/s to {rate:.0f}/s"
        text += f"; before: {bad[-1][1]}" if bad else ""
        return self._found(Verdict.PASS if took < self.within else Verdict.FAIL, text, took)

    def _found(self, verdict: Verdict, evidence: str, took: float | None = None) -> Finding:
        return self.found(verdict, evidence, phase=self.phase, value=took, unit="s", threshold=f"< {self.within:g} s")
