"""no-trend: a figure does not creep. `grew` is for what jumps in a short phase, this for what leaks in a long one."""

from collections.abc import Iterator

import numpy as np

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.checks.metrics import METRICS
from harness.checks.slope import Floats, Slope, slope, stretches
from harness.checks.windows import windows
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, Span

STRETCHES = 20
"""Of a phase, each of which gives one point: few enough that a point hardly depends on the one before."""

FEWEST = 15
MINUTE_S = 60.0
MIB = 2**20


class NoTrend(Check, tag="no-trend", frozen=True, kw_only=True):
    """In `phase` the `figure` of each member of `role` rose by no more than `most_a_minute`: MiB of what is in bytes,
    ms of a latency (whose role is "clients"), else as it is counted.

    It fails when even the lower end of the slope's 95 % confidence interval is above that, and passes when the upper
    end is not. In between, the phase was too short or too noisy to tell.
    """

    figure: str
    most_a_minute: float
    role: str = "clients"
    phase: str = "baseline"

    def __post_init__(self) -> None:
        if self.most_a_minute <= 0:
            raise UsageError(f"{self.most_a_minute:g} a minute is no bound that a slope can keep", "use more than 0")
        if self.role == "clients" and not (self.figure in METRICS and METRICS[self.figure].latency):
            raise UsageError(f"{self.figure!r} is no latency of clients", "use one like http.p95, or name a role")

    @property
    def unit(self) -> str:
        return "ms" if self.role == "clients" else "MiB" if self.figure.endswith("bytes") else ""

    def describe(self) -> str:
        return f"{self.figure} of {self.role} rises by at most {self._a_minute(self.most_a_minute)} during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        if self.role == "clients" and (why := limited(run, spans)):
            return self._about(Verdict.INCONCLUSIVE, why, None)
        slopes: dict[str, Slope] = {}
        for span in spans:
            for subject, t, value in self._points(run, span):
                if len(t) < FEWEST:
                    text = f"{self.figure} of {subject} has {len(t)} points in {self.phase}; a slope needs {FEWEST}"
                    return self._about(Verdict.INCONCLUSIVE, text, None)
                found = slope(t, value)
                slopes[subject] = max(slopes.get(subject, found), found)
        if not slopes:
            text = f"{self.figure} of {self.role} was not recorded in {self.phase}"
            return self._about(Verdict.INCONCLUSIVE, text, None)
        # Whoever certainly creeps, before whoever may.
        subject = max(slopes, key=lambda name: (slopes[name].low > self.most_a_minute, slopes[name].high))
        worst = slopes[subject]
        text = (
            f"{subject}, the worst of {len(slopes)}: {worst.value:+.3g} {self.unit}".rstrip()
            + f" a minute, 95 % CI {worst.low:.3g} to {worst.high:.3g}"
        )
        if worst.low > self.most_a_minute:
            return self._about(Verdict.FAIL, text, worst.value)
        if worst.high <= self.most_a_minute:
            return self._about(Verdict.PASS, text, worst.value)
        return self._about(Verdict.INCONCLUSIVE, f"too short or too noisy to tell: {text}", worst.value)

    def _points(self, run: Run, span: Span) -> Iterator[tuple[str, Floats, Floats]]:
        """Of each subject: minutes since the phase began, and the figure there."""
        if self.role == "clients":
            yield self._latency(run, span)
            return
        scale = MIB if self.unit == "MiB" else 1
        for role, subject, metric in run.gauges.sampled():
            if (role, metric) != (self.role, self.figure):
                continue
            series = run.gauges.series(role, subject, metric).between(span.begin, span.end)
            t = (series.t - span.begin) / 1e9 / MINUTE_S
            yield subject, *stretches(t, series.value / scale, 0, span.seconds / MINUTE_S, STRETCHES)

    def _latency(self, run: Run, span: Span) -> tuple[str, Floats, Floats]:
        metric = METRICS[self.figure]
        points: list[tuple[float, float]] = []
        width_s = max(span.seconds / STRETCHES, 1e-3)
        for window in windows(run.in_span(span), span, width_s, width_s):
            value = metric.of(window.requests, window.seconds)
            if value is not None and int(window.requests.ok.sum()) >= metric.needs:
                middle = (window.begin + window.end) / 2 - span.begin
                points.append((middle / 1e9 / MINUTE_S, value * 1000))
        t, value_ms = np.array(points, dtype=float).reshape(-1, 2).T
        return self.role, t, value_ms

    def _a_minute(self, value: float) -> str:
        return f"{value:g} {self.unit}".rstrip() + " a minute"

    def _about(self, verdict: Verdict, evidence: str, value: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=self.figure if self.role == "clients" else f"{self.role}.{self.figure}",
            phase=self.phase,
            value=value,
            unit=f"{self.unit}/min",
            threshold=f"<= {self._a_minute(self.most_a_minute)}",
        )
