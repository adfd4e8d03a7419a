"""The words that both kinds of progress use."""

from harness.drill import Drill
from harness.finding import Verdict, VerdictDocument
from harness.progress.base import Live

SYMBOLS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?"}


def load_words(drill: Drill) -> str:
    if not drill.loads:
        return "A probe, without a load"
    loads = " and ".join(
        f"{load.scenario} at {load.rate:g} arrivals/s" if load.rate else f"{load.users} users of {load.scenario}"
        for load in drill.loads
    )
    return f"{loads}, {drill.seconds:g} s"


def live_words(live: Live) -> str:
    p95 = "no answers" if live.p95_ms is None else f"p95 {live.p95_ms:.0f} ms"
    errors = "" if live.errors_percent is None else f", errors {live.errors_percent:.1f} %"
    return f"{live.rate:.0f} answers/s, {p95}{errors}, {live.in_flight} under way"


def verdict_line(document: VerdictDocument) -> str:
    count = len(document.findings)
    held = sum(finding.verdict is Verdict.PASS for finding in document.findings)
    return f"{SYMBOLS[document.verdict]} {document.verdict.value}: {held} of {count} checks hold"
