"""junit.xml: one suite for the run, one case for each finding, in the form that CI systems read."""

import re
import xml.etree.ElementTree as ET

from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Run
from reports.headline import headline, lasted, run_name
from reports.words import measured, one_line

# What XML 1.0 cannot hold, not even escaped. A server's error text may have it.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}


def junit(run: Run, verdict: VerdictDocument) -> bytes:
    """A failed finding is a `failure`, an inconclusive one an `error`: CI shows both as not passed."""
    verdicts = [finding.verdict for finding in verdict.findings]
    counts = {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count(Verdict.FAIL)),
        "errors": str(verdicts.count(Verdict.INCONCLUSIVE)),
        "skipped": "0",
        "time": f"{lasted(run) or 0:.3f}",
    }
    root = ET.Element("testsuites", {"name": "readiness-harness", **counts})
    timestamp = run.plan.clock.utc_at(run.begin).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.SubElement(root, "testsuite", {"name": _clean(verdict.drill), **counts, "timestamp": timestamp})
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("run", run_name(run)),
        ("verdict", verdict.verdict.value),
        ("headline", headline(run, verdict)),
        ("stack", run.plan.stack.kind),
        ("seed", str(run.plan.seed)),
    ):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for finding, name in zip(verdict.findings, _names(verdict.findings), strict=True):
        _case(suite, verdict.drill, finding, name)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(suite: ET.Element, drill: str, finding: Finding, name: str) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": _clean(drill), "name": _clean(name), "time": "0"})
    evidence = _clean(finding.evidence)
    element = _ELEMENTS.get(finding.verdict)
    if element is None:
        ET.SubElement(case, "system-out").text = evidence
        return
    message = _clean(one_line(finding.evidence))
    ET.SubElement(case, element, {"type": finding.verdict.value, "message": message}).text = _clean(
        f"{finding.evidence}\n"
        f"measured: {measured(finding.value, finding.unit)}\n"
        f"threshold: {finding.threshold or 'none'}\n"
        f"claims: {', '.join(finding.claims) or 'none'}"
    )


def _names(findings: tuple[Finding, ...]) -> list[str]:
    """What identifies a case in CI's history: no figures in it, and no two alike."""
    names: list[str] = []
    for finding in findings:
        words = [
            finding.check,
            finding.threshold or finding.subject,
            f"during {finding.phase}" if finding.phase else "",
        ]
        name = " ".join(word for word in words if word)
        twins = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({twins + 1})" if twins else name)
    return names


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
