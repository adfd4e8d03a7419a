"""unchanged: what somebody watches stays as it is."""

from harness.checks.base import Check
from harness.checks.watched import gap
from harness.finding import Finding, Verdict
from harness.run import Run, StateChanged

SAMPLED = {"lb": "up", "breaker": "breaker_state"}
"""By which gauge it is known that somebody looked."""

SHOWN = 5


class Unchanged(Check, tag="unchanged", frozen=True, kw_only=True):
    """In `phase` nothing changed its state in the eyes of `by`: "breaker", or a role as "lb"."""

    by: str
    phase: str = "fault"

    def describe(self) -> str:
        return f"nothing changes its state in the eyes of {self.by} during {self.phase}"

    def __call__(self, run: Run) -> Finding:
        spans = run.spans_of(self.phase)
        gauge = SAMPLED.get(self.by, "up")
        sampled = [run.gauges.series(*what) for what in run.gauges.sampled() if what[2] == gauge]
        looks = [len(series.between(span.begin, span.end).t) for series in sampled for span in spans]
        if not looks or not min(looks) or any(gap(series, spans) for series in sampled):
            text = f"what {self.by} thinks was not sampled all through {self.phase}"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        changes = [
            f"{event.subject} {event.before} to {event.after} at {run.since_begin(event.t):.1f} s"
            for event in run.events_of(StateChanged)
            if event.by == self.by and any(span.begin <= event.t < span.end for span in spans)
        ]
        if changes:
            more = " …" if len(changes) > SHOWN else ""
            return self._found(Verdict.FAIL, "; ".join(changes[:SHOWN]) + more, float(len(changes)))
        text = f"no change in {sum(looks):,} readings of {len(looks) // len(spans)} subjects"
        return self._found(Verdict.PASS, text, 0.0)

    def _found(self, verdict: Verdict, evidence: str, changes: float | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            subject=self.by,
            phase=self.phase,
            value=changes,
            unit="changes",
            threshold="== 0",
        )
