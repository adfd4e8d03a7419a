"""recovered: from the heal to the moment after which the SLO holds and keeps holding."""

from collections.abc import Sequence

from harness.checks.base import Check
from harness.checks.figures import figure
from harness.checks.generator import limited
from harness.checks.threshold import parse
from harness.checks.windows import Window, windows
from harness.clock import seconds
from harness.finding import Finding, Verdict
from harness.run import Requests, Run, Span

WINDOW_S = 2.0
STEP_S = 0.25
ENOUGH = 20
SEVERITY = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)


class Recovered(Check, tag="recovered", frozen=True, kw_only=True):
    """Within `within` seconds of the fault being gone, every window of 2 s meets `slo` until the phase ends; of several
    faults, each followed by such a phase, after each of them.
    """

    within: float
    slo: tuple[str, ...] = ("http.p95 < 1s", "http.errors < 1%")
    phase: str = "recovery"

    def __post_init__(self) -> None:
        for threshold in self.slo:
            parse(threshold)

    @property
    def waits_s(self) -> float:
        return self.within

    def describe(self) -> str:
        return f"recovered within {self.within:g} s"

    def __call__(self, run: Run) -> Finding:
        since = {span: gone for span in run.spans_of(self.phase) if (gone := _gone_before(run, span)) is not None}
        if not since:
            text = "no fault was healed and gone, so there was nothing to recover from"
            return self._about(Verdict.INCONCLUSIVE, text)
        paced = any(parse(source).metric.paced for source in self.slo)
        if why := limited(run, list(since), paced=paced):
            return self._about(Verdict.INCONCLUSIVE, why)
        # Of several recoveries the worst counts: one that took long is not made good by the next.
        findings = [self._of_one(run, span, gone) for span, gone in since.items()]
        return max(findings, key=lambda finding: (SEVERITY.index(finding.verdict), finding.value or 0.0))

    def _of_one(self, run: Run, span: Span, gone: int) -> Finding:
        judged = [*_between(run, gone, span.begin), *judgeable(run, [span])]
        if not judged:
            text = f"no {WINDOW_S:g} s of {self.phase} had the {ENOUGH} requests that it takes to judge"
            return self._about(Verdict.INCONCLUSIVE, text)
        bad = [(window, why) for window in judged if (why := broken(window, self.slo))]
        if bad and bad[-1][0] is judged[-1]:
            text = f"the SLO was still broken at the end of {self.phase}: {bad[-1][1]}"
            return self._about(Verdict.FAIL, text, unit="s")
        recovered_at = bad[-1][0].begin + round(STEP_S * 1e9) if bad else gone
        took = max(seconds(recovered_at - gone), 0.0)
        text = f"the SLO holds from {took:.2f} s after the fault was gone" + (f"; before: {bad[-1][1]}" if bad else "")
        return self._about(Verdict.PASS if took < self.within else Verdict.FAIL, text, took, unit="s")

    def _about(self, verdict: Verdict, evidence: str, took: float | None = None, unit: str = "") -> Finding:
        return self.found(verdict, evidence, phase=self.phase, value=took, unit=unit, threshold=f"< {self.within:g} s")


def _gone_before(run: Run, span: Span) -> int | None:
    """When the last fault before the end of a phase was gone; the heal is the beginning of what follows it."""
    return max((fault.gone for fault in run.faults if fault.gone is not None and fault.gone < span.end), default=None)


def judgeable(run: Run, spans: Sequence[Span]) -> list[Window]:
    """The windows of 2 s with requests enough."""
    return [window for span in spans for window in _enough(run.in_span(span), span)]


def _between(run: Run, gone: int, begin: int) -> list[Window]:
    """Those from when the fault was gone to where the recovery begins: a drill may do something else first."""
    return _enough(run.due_in(gone, begin), Span("", gone, begin, fault=False)) if gone < begin else []


def _enough(requests: Requests, span: Span) -> list[Window]:
    return [window for window in windows(requests, span, WINDOW_S, STEP_S) if len(window.requests) >= ENOUGH]


def broken(window: Window, slo: Sequence[str]) -> str | None:
    """What of these thresholds a window breaks, in words; None when it keeps them."""
    unmeasured = None
    for source in slo:
        threshold = parse(source)
        value = threshold.metric.of(window.requests, window.seconds)
        if value is None:
            unmeasured = f"nothing was answered that {threshold.metric.name} could be taken from"
        elif not threshold.holds(value):
            return f"{threshold.metric.name} was {figure(value, threshold.metric.unit)}"
    return unmeasured
