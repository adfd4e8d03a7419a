"""The thresholds of a verdict that can be drawn as a line across the latencies."""

from harness.checks.threshold import parse
from harness.errors import UsageError
from harness.finding import VerdictDocument
from reports.timeline import Limit


def latency_limits(verdict: VerdictDocument) -> list[Limit]:
    """One line for each value, however many phases it was asked for in."""
    texts: dict[float, list[str]] = {}
    for finding in verdict.findings:
        try:
            threshold = parse(finding.threshold)
        except UsageError:
            # Not every finding is held against a metric: "< 2 s" is what `detected` says.
            continue
        if threshold.metric.latency:
            text = threshold.text.removeprefix("http.")
            known = texts.setdefault(threshold.limit, [])
            if text not in known:
                known.append(text)
    return [Limit(limit, ", ".join(words)) for limit, words in sorted(texts.items())]
