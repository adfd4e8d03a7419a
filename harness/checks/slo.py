"""slo: a threshold held over a whole phase and over every sliding window of it."""

from collections.abc import Sequence

from harness.checks.base import Check
from harness.checks.figures import figure
from harness.checks.generator import limited
from harness.checks.threshold import Threshold, parse
from harness.checks.windows import Window, windows
from harness.finding import Finding, Verdict
from harness.run import Run

WINDOW_S = 5.0
STEP_S = 1.0


class Slo(Check, tag="slo", frozen=True, kw_only=True):
    """`threshold` as text (harness.checks.threshold), held during `phase`. One that is `own` was added to what the
    drill expects by whoever ran it: it says nothing of the guide.
    """

    threshold: str
    phase: str
    own: bool = False

    def __post_init__(self) -> None:
        parse(self.threshold)

    @property
    def waits_s(self) -> float:
        return WINDOW_S if parse(self.threshold).metric.windowed else 0.0

    def describe(self) -> str:
        return f"{self.threshold} during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        threshold = parse(self.threshold)
        metric = threshold.metric
        spans = run.spans_of(self.phase)
        requests = run.during(self.phase)
        if not spans:
            return self._found(threshold, Verdict.INCONCLUSIVE, f"the phase {self.phase} did not take place")
        if why := limited(run, spans, paced=metric.paced):
            return self._found(threshold, Verdict.INCONCLUSIVE, why)
        measured = requests.where(requests.ok) if metric.latency else requests
        if len(measured) < metric.needs:
            what = "answered requests" if metric.latency else "requests"
            text = f"{len(measured)} {what} in {self.phase}; {metric.name} needs {metric.needs}"
            return self._found(threshold, Verdict.INCONCLUSIVE, text)
        value = metric.of(requests, sum(span.seconds for span in spans))
        if value is None:
            return self._found(threshold, Verdict.INCONCLUSIVE, f"no {metric.name} could be measured in {self.phase}")
        worst = self._worst_window(
            threshold, [w for span in spans for w in windows(run.in_span(span), span, WINDOW_S, STEP_S)]
        )
        broken = not threshold.holds(value)
        text = f"{figure(value, metric.unit)} over {len(measured):,} requests"
        if worst is not None:
            window, windows_value = worst
            broken = broken or not threshold.holds(windows_value)
            at = f"from {run.since_begin(window.begin):.1f} s to {run.since_begin(window.end):.1f} s"
            text += f"; the worst {window.seconds:.3g} s had {figure(windows_value, metric.unit)} ({at})"
        return self._found(threshold, Verdict.FAIL if broken else Verdict.PASS, text, value)

    @staticmethod
    def _worst_window(threshold: Threshold, candidates: Sequence[Window]) -> tuple[Window, float] | None:
        metric = threshold.metric
        worst: tuple[Window, float] | None = None
        if not metric.windowed:
            return None
        for window in candidates:
            counted = window.requests.where(window.requests.ok) if metric.latency else window.requests
            if len(counted) < metric.needs:
                continue
            value = metric.of(window.requests, window.seconds)
            if value is not None and (worst is None or threshold.worse(value, worst[1])):
                worst = (window, value)
        return worst

    def _found(self, threshold: Threshold, verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=threshold.metric.name,
            phase=self.phase,
            value=value,
            unit=threshold.metric.unit,
            threshold=threshold.text,
        )


def slo(threshold: str, during: str | Sequence[str]) -> tuple[Slo, ...]:
    """One check per phase: `slo("http.p95 < 1s", during=("baseline", "recovery"))`."""
    phases = (during,) if isinstance(during, str) else tuple(during)
    return tuple(Slo(threshold=threshold, phase=phase) for phase in phases)
