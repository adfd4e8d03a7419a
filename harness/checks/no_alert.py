"""no-alert: nobody is called without a reason."""

from harness.checks.alerted import BY
from harness.checks.base import Check
from harness.checks.watched import gap
from harness.finding import Finding, Verdict
from harness.run import Run

ENOUGH = 4


class NoAlert(Check, tag="no-alert", frozen=True, kw_only=True):
    """During `phase` no alert fires, told or inhibited, but those for which there is a reason."""

    phase: str
    but: tuple[str, ...] = ()

    def describe(self) -> str:
        others = f" but {', '.join(self.but)}" if self.but else ""
        return f"no alert{others} fires during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        alerts = [one for role, one, metric in run.gauges.sampled() if (role, metric) == (BY, "firing")]
        asked, firing, unasked = 0, list[str](), False
        for alert in alerts:
            series = run.gauges.series(BY, alert, "firing")
            values = [value for span in spans for value in series.between(span.begin, span.end).value]
            asked = max(asked, len(values))
            unasked = unasked or gap(series, spans) is not None
            if alert not in self.but and any(values):
                firing.append(alert)
        if firing:
            return self._about(Verdict.FAIL, f"{', '.join(firing)} fired during {self.phase}", float(len(firing)))
        if asked < ENOUGH or unasked:
            text = f"nobody asked {ENOUGH} times, and all through {self.phase}, which alerts fire"
            return self._about(Verdict.INCONCLUSIVE, text, None)
        silent = len([alert for alert in alerts if alert not in self.but])
        text = f"none of {silent} alerts fired, asked {asked} times during {self.phase}"
        return self._about(Verdict.PASS, text, 0.0)

    def _about(self, verdict: Verdict, evidence: str, value: float | None) -> Finding:
        return self.found(verdict, evidence, phase=self.phase, value=value, unit="alerts", threshold="== 0 alerts")
