"""summary.md: the run in a screenful of Markdown, for a comment on a pull request."""

import re

from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Run
from reports.headline import facts, marked_headline, ranked, run_name, warnings
from reports.tables import phase_rows
from reports.words import SYMBOLS, measured, one_line

EVIDENCE_AT_MOST = 300
LATENCY = "Latency counts from the intended start, good answers only."
# What would start markup, mention a person or close a cell. Names and errors come from servers.
_MARKUP = re.compile(r"([\\`*_\[\]<>|@#~])")


def summary(run: Run, verdict: VerdictDocument) -> bytes:
    lines = [f"### {plain_text(marked_headline(run, verdict))}", "", plain_text(" · ".join(facts(run))), ""]
    lines += [line for warning in warnings(run) for line in (f"> {plain_text(warning)}", "")]
    lines += _table(
        ("", "Check", "Phase", "Measured", "Threshold", "Evidence"),
        [_finding(finding) for finding in ranked(verdict)],
        "Nothing was checked.",
    )
    if not run.plan.drill.only_asks:
        lines += ["", "#### By phase", "", *_by_phase(run), "", LATENCY]
    lines += ["", f"Run: {plain_text(run_name(run))}"]
    if verdict.verdict is Verdict.FAIL:
        lines += ["", "The draft of a post-mortem: [postmortem.md](postmortem.md)"]
    return ("\n".join(lines) + "\n").encode()


def _by_phase(run: Run) -> list[str]:
    return _table(
        ("Phase", "Seconds", "Requests", "Rate", "Errors", "p50", "p95", "p99", "max"),
        [
            (
                row.name,
                row.seconds,
                row.requests,
                row.rate,
                row.errors,
                *(figure.text for figure in row.quantiles),
            )
            for row in phase_rows(run)
        ],
        "No phase took place.",
        numbers_from=1,
    )


def _finding(finding: Finding) -> tuple[str, ...]:
    evidence = one_line(finding.evidence)
    return (
        f"{SYMBOLS[finding.verdict]} {finding.verdict}",
        finding.check,
        finding.phase,
        measured(finding.value, finding.unit),
        finding.threshold,
        evidence if len(evidence) <= EVIDENCE_AT_MOST else evidence[:EVIDENCE_AT_MOST] + "…",
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], empty: str, numbers_from: int = 99) -> list[str]:
    if not rows:
        return [empty]
    rule = ["--:" if number >= numbers_from else "---" for number in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *([plain_text(cell) for cell in row] for row in rows))]


def plain_text(text: str) -> str:
    """A text that is no Markdown, in one line."""
    return " ".join(_MARKUP.sub(r"\\\1", text).split())
