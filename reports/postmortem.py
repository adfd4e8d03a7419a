"""postmortem.md: the draft of a post-mortem, for a run that failed. Figures are filled in; what only people know is
asked for in square brackets.
"""

from harness.clock import seconds
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import FaultSpan, FaultStep, Run, StateChanged, Step
from reports.again import again
from reports.headline import drill_title, facts, happened, headline, run_name, warnings
from reports.ledger import fault_rows
from reports.logs import LogLine, telling
from reports.moved import moved
from reports.secrets import masked
from reports.story import tell
from reports.summary import plain_text as safe
from reports.tables import cut, endpoint_rows, error_rows, phase_rows
from reports.words import NOTHING, measured, one_line, percent, some
from reports.worst import worst

SECTIONS = ("Detection", "Triage", "Investigation", "Mitigation", "Resolution", "Learnings")
"""The guide's six steps of an incident, in its order."""
EVENTS_SHOWN = 15
FAILURES_SHOWN = 10
STEPS = ("asked", "felt", "heal asked for", "gone")


def postmortem(run: Run, verdict: VerdictDocument) -> bytes:
    failed = [finding for finding in verdict.findings if finding.verdict is Verdict.FAIL]
    bodies = (
        _detection(run, failed),
        _triage(run, failed),
        _investigation(run),
        _mitigation(run),
        _resolution(run, verdict),
        _learnings(run, failed),
    )
    lines = [
        f"# Post-mortem (draft): {safe(drill_title(run))}",
        "",
        f"> {safe(headline(run, verdict))}",
        "",
        *(f"- {safe(fact)}" for fact in facts(run)),
        *(f"- {safe(warning)}" for warning in warnings(run)),
    ]
    for title, body in zip(SECTIONS, bodies, strict=True):
        lines += ["", f"## {title}", "", *body]
    return ("\n".join(lines) + "\n").encode()


def _detection(run: Run, failed: list[Finding]) -> list[str]:
    lines = [f"- {_said(happened(run))}"] if happened(run) else []
    for row in fault_rows(run):
        steps = [f"{name} {when}" for name, (when, _) in zip(STEPS, row.steps, strict=True)]
        lines.append(f"- The life of {safe(row.fault)}: {safe(', '.join(steps))}.")
    lines += _noticed(run) or _unnoticed(run)
    lines += _met(run)
    lines.append(f"- The checks found it: {safe(', '.join(_named(finding) for finding in failed))}.")
    return [*lines, "- [Would an alert have rung in production? Which, and after how long?]"]


def _noticed(run: Run) -> list[str]:
    """Whoever saw it, each with the first that it saw, and how long that took."""
    seen: dict[str, str] = {}
    for event in run.events_of(StateChanged):
        fault = _fault_at(run, event.t)
        if fault is None or fault.felt is None or event.by in seen:
            continue
        took = max(seconds(event.t - fault.felt), 0.0)
        what = f"{event.by} saw {event.subject} go from {event.before} to {event.after}"
        seen[event.by] = f"- {safe(what)} {took:.2f} s after {safe(fault.fault)} began."
    return list(seen.values())


def _unnoticed(run: Run) -> list[str]:
    changes = len(run.events_of(StateChanged))
    if not changes:
        return ["- No server's state changed while it was watched."]
    return [f"- {some(changes, 'state')} changed without a fault that was felt: see the events below."]


def _fault_at(run: Run, t: int) -> FaultSpan | None:
    """The fault that had been asked for last, of those that were felt."""
    return max((f for f in run.faults if f.felt is not None and t >= f.asked), key=lambda f: f.asked, default=None)


def _met(run: Run) -> list[str]:
    """When clients met it."""
    failed = run.played.where(run.played.failed)
    if not len(failed):
        return []
    first = int(failed.finished.min())
    fault = _fault_at(run, first)
    took = max(seconds(first - fault.felt), 0.0) if fault is not None and fault.felt is not None else None
    after = "" if fault is None or took is None else f", {took:.2f} s after {safe(fault.fault)} began"
    return [f"- The first client met it at {run.since_begin(first):.2f} s{after}."]


def _triage(run: Run, failed: list[Finding]) -> list[str]:
    lines = [
        f"- {safe(_named(finding))}: measured {safe(measured(finding.value, finding.unit))}, "
        f"wanted {safe(finding.threshold or 'nothing')}. {_said(one_line(finding.evidence))}"
        for finding in failed
    ]
    count = int(run.played.failed.sum()) if len(run.played) else 0
    if len(run.played):
        lines.append(f"- {count:,} of {some(len(run.played), 'request')} failed.")
        lines += _failures(run)
    if claims := sorted({claim for finding in failed for claim in finding.claims}):
        lines.append(f"- Claims of the guide that this refutes: {', '.join(claims)}.")
    return [*lines, "- [Severity, and who is affected in production]"]


def _failures(run: Run) -> list[str]:
    """How often each route failed with each status, the most frequent first."""
    failed = run.played.where(run.played.failed)
    counts: dict[tuple[int, str], int] = {}
    for name in failed.name.counts():
        of_route = failed.where(failed.name.equal(name)).status
        for status in sorted(set(of_route.tolist())):
            counts[status, name] = int((of_route == status).sum())
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    lines = [
        f"- {f'Status {status}' if status else 'No answer'} at {safe(cut(name))}: {some(count, 'time')}."
        for (status, name), count in ordered[:FAILURES_SHOWN]
    ]
    left = sum(count for _, count in ordered[FAILURES_SHOWN:])
    return [*lines, f"- Elsewhere: {some(left, 'time')}."] if left else lines


def _investigation(run: Run) -> list[str]:
    lines = [
        f"- {safe(row.name)}: {row.requests} requests, {row.errors} errors, p50 {row.quantiles[0].text}, "
        f"p95 {row.quantiles[1].text}, p99 {row.quantiles[2].text}"
        for row in phase_rows(run)
        if row.requests != "0"
    ]
    lines += [
        f"- {safe(row.name)}: {row.errors} of {row.requests} requests failed"
        for row in endpoint_rows(run)
        if row.failed
    ]
    lines += [
        f"- {row.times} times “{_said(row.kind)}”, from {row.first} to {row.last}: {safe(row.endpoints)}"
        f"{'' if row.instances == NOTHING else f'; answered by {safe(row.instances)}'}"
        for row in error_rows(run)
    ]
    lines += _worst(run)
    lines += [f"- It moved: {safe(str(gauge))}." for gauge in moved(run)]
    lines += [_logged(line) for line in telling(run)]
    marks = tell(run).marks
    if marks:
        rows = [f"| {mark.at:.2f} | {_said(mark.what)} |" for mark in marks[:EVENTS_SHOWN]]
        lines += ["", "| s | what happened |", "|--:|---|", *rows, ""]
    if len(marks) > EVENTS_SHOWN:
        lines.append(f"- {some(len(marks) - EVENTS_SHOWN, 'later event')}, in report.html and events.jsonl.")
    return [*lines, f"- [Root cause. The recording is {safe(run_name(run))}; logs/ holds each process's own]"]


def _worst(run: Run) -> list[str]:
    window = worst(run)
    if window is None:
        return []
    share = percent(100 * window.failed / window.requests)
    p95 = f", p95 {measured(window.p95, 's')}" if window.p95 is not None else ""
    text = f"{share} of {some(window.requests, 'request')} failed{p95}"
    return [f"- The worst window, from {window.begin:.2f} s to {window.end:.2f} s: {safe(text)}."]


def _logged(line: LogLine) -> str:
    about = "about " if line.about else ""
    often = f", {line.times:,} times" if line.times > 1 else ""
    return f"- {safe(line.log)} logged at {about}{line.at:.2f} s{often}: {safe(line.text)}"


def _mitigation(run: Run) -> list[str]:
    healed = [step for step in run.events_of(FaultStep) if step.step is Step.HEAL]
    lines = [
        f"- At {run.since_begin(step.t):.2f} s the harness undid it: {_said(step.evidence or step.fault)}."
        for step in healed
    ]
    if not lines:
        lines = ["- Nothing was done: the drill harmed nothing."]
    return [*lines, "- [What would have shortened it in production?]"]


def _resolution(run: Run, verdict: VerdictDocument) -> list[str]:
    lines = [
        f"- {safe(fault.fault)} was gone {seconds(fault.gone - fault.heal):.2f} s after it was undone."
        for fault in run.faults
        if fault.gone is not None and fault.heal is not None
    ]
    lines += [
        f"- {safe(_named(finding))}: {finding.verdict.value}. {_said(one_line(finding.evidence))}"
        for finding in verdict.findings
        if finding.check == "recovered"
    ]
    return [*(lines or ["- Nothing in the recording ends it."]), "- [The fix, and its deploy]"]


def _learnings(run: Run, failed: list[Finding]) -> list[str]:
    return [
        f"- `{again(run)}` must pass with the fix: it found {some(len(failed), 'failed check')} here.",
        "- [What went well, what did not, what was luck]",
        "- [Who does what until when]",
    ]


def _said(text: str) -> str:
    """What may hold a server's own words: they are as secret as its log."""
    return safe(masked(text))


def _named(finding: Finding) -> str:
    phase = f"during {finding.phase}" if finding.phase else ""
    return " ".join(word for word in (finding.check, finding.subject, phase) if word)
