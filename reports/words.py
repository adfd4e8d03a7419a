"""Figures and verdicts as people read them, the same on every page."""

from harness.checks.figures import figure
from harness.finding import Finding, Verdict

NOTHING = "–"
"""What stands where nothing was measured: never a 0."""

SYMBOLS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?"}


def measured(value: float | None, unit: str) -> str:
    return NOTHING if value is None else figure(value, unit)


def percent(share: float | None) -> str:
    """A share in per cent to one decimal place, and to more where that would read 0.0 and is not."""
    if share is None:
        return NOTHING
    return f"{share:.1f} %" if share >= 0.05 else f"{share:.2g} %"


def at(seconds: float) -> str:
    """An instant as seconds since the run began."""
    return f"{seconds:.2f} s"


def some(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def fault_on(fault: str, target: str) -> str:
    """A fault and whom it hits, the target once."""
    return fault if not target or target in fault else f"{fault} on {target}"


def one_line(text: str) -> str:
    """A traceback in one line: what broke, and its last line, which names the reason."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return text.strip()
    return f"{lines[0].removesuffix('Traceback (most recent call last):').rstrip()} {lines[-1]}"


def led_by_threshold(finding: Finding) -> bool:
    """Whether the evidence is only figures, which need what they were held against before them."""
    return bool(finding.subject) and finding.threshold.startswith(finding.subject)


def shortened(text: str, most: int) -> str:
    """A sentence without its full stop, as one of at most so many characters, cut between two clauses, or words."""
    if len(text) <= most:
        return f"{text}."
    whole, _, begun = text[:most].rpartition("; ")
    return (whole or begun.rsplit(" ", 1)[0].rstrip(" ,;:(")) + " …"


def plain(finding: Finding) -> str:
    """A finding as a sentence."""
    evidence = one_line(finding.evidence).rstrip(".")
    if not led_by_threshold(finding):
        return evidence
    during = f" during {finding.phase}" if finding.phase else ""
    if finding.verdict is Verdict.FAIL:
        return f"{finding.threshold} did not hold{during}: {evidence}"
    return f"{finding.threshold}{during}: {evidence}"
