"""The thresholds of a verdict that can be drawn as a line across the latencies."""

from harness.checks.threshold import parse
from harness.errors import UsageError
from harness.finding import VerdictDocument
from reports.story import Story
from reports.timeline import Limit


def latency_limits(verdict: VerdictDocument, story: Story) -> list[Limit]:
    """One line for each value, in those phases in which it was asked for."""
    texts: dict[float, list[str]] = {}
    phases: dict[float, set[str]] = {}
    for finding in verdict.findings:
        try:
            threshold = parse(finding.threshold)
        except UsageError:
            # Not every finding is held against a metric: "< 2 s" is what `detected` says.
            continue
        if threshold.metric.latency:
            text = threshold.text.removeprefix("http.")
            known = texts.setdefault(threshold.limit, [])
            phases.setdefault(threshold.limit, set()).add(finding.phase)
            if text not in known:
                known.append(text)
    return [Limit(limit, ", ".join(words), _spans(phases[limit], story)) for limit, words in sorted(texts.items())]


def _spans(phases: set[str], story: Story) -> list[tuple[float, float]]:
    """Where they took place; one that names no phase is held all the time."""
    found = [(phase.begin, phase.end) for phase in story.phases if phase.name in phases]
    return [(0.0, story.end)] if "" in phases else found
