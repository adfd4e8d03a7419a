"""postmortem.md: the draft of a post-mortem, for a run that failed. Figures are filled in; what only people know is
asked for in square brackets.
"""

from harness.clock import seconds
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import FaultStep, Run, StateChanged, Step
from reports.headline import drill_title, facts, happened, headline, run_name, warnings
from reports.story import tell
from reports.summary import plain_text as safe
from reports.tables import endpoint_rows, error_rows, phase_rows
from reports.words import measured, one_line, some

SECTIONS = ("Detection", "Triage", "Investigation", "Mitigation", "Resolution", "Learnings")
"""The guide's six steps of an incident, in its order."""
EVENTS_SHOWN = 15


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
    lines = [f"- {safe(happened(run))}"] if happened(run) else []
    for event in run.events_of(StateChanged):
        fault = next((f for f in run.faults if f.felt is not None and event.t >= f.asked), None)
        if fault is not None and fault.felt is not None:
            took = max(seconds(event.t - fault.felt), 0.0)
            what = f"{event.by} saw {event.subject} go from {event.before} to {event.after}"
            lines.append(f"- {safe(what)} {took:.2f} s after {safe(fault.fault)} began.")
            break
    else:
        lines.append("- No server's state changed while it was watched.")
    lines.append(f"- The checks found it: {safe(', '.join(_named(finding) for finding in failed))}.")
    return [*lines, "- [Would an alert have rung in production? Which, and after how long?]"]


def _triage(run: Run, failed: list[Finding]) -> list[str]:
    lines = [
        f"- {safe(_named(finding))}: measured {safe(measured(finding.value, finding.unit))}, "
        f"wanted {safe(finding.threshold or 'nothing')}. {safe(one_line(finding.evidence))}"
        for finding in failed
    ]
    count = int(run.played.failed.sum()) if len(run.played) else 0
    if len(run.played):
        lines.append(f"- {count:,} of {some(len(run.played), 'request')} failed.")
    if claims := sorted({claim for finding in failed for claim in finding.claims}):
        lines.append(f"- Claims of the guide that this refutes: {', '.join(claims)}.")
    return [*lines, "- [Severity, and who is affected in production]"]


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
        f"- {row.times} times “{safe(row.kind)}”, from {row.first} to {row.last}: {safe(row.endpoints)}"
        for row in error_rows(run)
    ]
    marks = tell(run).marks[:EVENTS_SHOWN]
    if marks:
        lines += ["", "| s | what happened |", "|--:|---|", *(f"| {m.at:.2f} | {safe(m.what)} |" for m in marks), ""]
    return [*lines, f"- [Root cause. The recording is {safe(run_name(run))}; logs/ holds each process's own]"]


def _mitigation(run: Run) -> list[str]:
    healed = [step for step in run.events_of(FaultStep) if step.step is Step.HEAL]
    lines = [
        f"- At {run.since_begin(step.t):.2f} s the harness undid it: {safe(step.evidence or step.fault)}."
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
        f"- {safe(_named(finding))}: {finding.verdict.value}. {safe(one_line(finding.evidence))}"
        for finding in verdict.findings
        if finding.check == "recovered"
    ]
    return [*(lines or ["- Nothing in the recording ends it."]), "- [The fix, and its deploy]"]


def _learnings(run: Run, failed: list[Finding]) -> list[str]:
    name = run.plan.drill.name
    return [
        f"- `harness drill {name}` must pass with the fix: it found {some(len(failed), 'failed check')} here.",
        "- [What went well, what did not, what was luck]",
        "- [Who does what until when]",
    ]


def _named(finding: Finding) -> str:
    phase = f"during {finding.phase}" if finding.phase else ""
    return " ".join(word for word in (finding.check, finding.subject, phase) if word)
