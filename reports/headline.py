"""The report in one sentence: what the verdict is, and the finding that explains it best."""

from harness.checks.judge import kinds, of_the_measurement
from harness.checks.percentile import percentile
from harness.clock import seconds
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Outcome, Run
from reports.words import SYMBOLS, at, fault_on, led_by_threshold, listed, measured, one_line, plain, shortened, some

JOINT = {Verdict.PASS: ". ", Verdict.FAIL: " — ", Verdict.INCONCLUSIVE: ". "}
"""A failure's reason often begins with a name in lower case: it goes on, where the others begin a sentence."""
RANK = {Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 2}


def ranked(verdict: VerdictDocument) -> list[Finding]:
    """The findings, those that are not a pass first, and of these what is beyond repair; then in the drill's order."""
    return sorted(verdict.findings, key=lambda finding: (RANK[finding.verdict], not _beyond_repair(finding)))


def _beyond_repair(finding: Finding) -> bool:
    kind = kinds().get(finding.check)
    return finding.verdict is Verdict.FAIL and kind is not None and kind.beyond_repair


def drill_title(run: Run) -> str:
    return (run.plan.drill.title or run.plan.drill.name).rstrip(".")


def sentence(run: Run, verdict: VerdictDocument) -> str:
    """What follows the verdict's word: the drill, and why it ended so."""
    return f"{drill_title(run)}{JOINT[verdict.verdict]}{why(run, verdict)}"


def headline(run: Run, verdict: VerdictDocument) -> str:
    return f"{verdict.verdict.upper()}: {sentence(run, verdict)}"


def marked_headline(run: Run, verdict: VerdictDocument) -> str:
    return f"{SYMBOLS[verdict.verdict]} {headline(run, verdict)}"


def why(run: Run, verdict: VerdictDocument) -> str:
    if not verdict.findings:
        return "No verdict, because nothing was checked."
    if verdict.verdict is Verdict.PASS:
        count = len(verdict.findings)
        held = "The one check holds" if count == 1 else f"All {count} checks hold"
        facts = [fact for fact in (_latency(run), _recovery(verdict), _writes(run, verdict)) if fact]
        return f"{held}; {listed(facts)}." if facts else f"{held}."
    if verdict.verdict is Verdict.FAIL:
        failed = [finding for finding in verdict.findings if finding.verdict is Verdict.FAIL]
        # A sentence of its own names who did what and when; a threshold's names only what came of it.
        failed.sort(key=lambda finding: (not _beyond_repair(finding), led_by_threshold(finding)))
        more = f" {some(len(failed) - 1, 'more check')} failed: {_named(failed[1:])}." if len(failed) > 1 else ""
        wanted = "" if led_by_threshold(failed[0]) else failed[0].threshold.removeprefix("== ")
        told = f"{plain(failed[0])} (wanted: {wanted})" if wanted else plain(failed[0])
        return f"{shortened(told, WORDS_AT_MOST)}{more}"
    return f"No verdict, because {shortened(plain(_cause(verdict)), WORDS_AT_MOST)}"


NAMED_AT_MOST = 3
WORDS_AT_MOST = 200
"""What can be read at a glance, in characters. The finding below has all of it."""


def _named(findings: list[Finding]) -> str:
    names = [_short(finding) for finding in findings[:NAMED_AT_MOST]]
    return ", ".join(names) + (" …" if len(findings) > NAMED_AT_MOST else "")


def _short(finding: Finding) -> str:
    if not led_by_threshold(finding):
        return finding.check
    return f"{finding.threshold} during {finding.phase}" if finding.phase else finding.threshold


def _cause(verdict: VerdictDocument) -> Finding:
    """Of the inconclusive findings one about the measurement itself, first the recording's: the others follow."""
    unclear = [finding for finding in verdict.findings if finding.verdict is Verdict.INCONCLUSIVE]
    return min(list(filter(of_the_measurement, unclear)) or unclear, key=lambda finding: finding.check != "recording")


def _latency(run: Run) -> str | None:
    """The p95 before and under the fault; over everything where there was no fault."""
    under = [span.name for span in run.spans if span.fault]
    before = [span.name for span in run.spans if span.end <= run.spans_of(under[0])[0].begin] if under else []
    if not under or not before:
        value = percentile(run.played.where(run.played.ok).latency_s, 95)
        return None if value is None else f"p95 was {measured(value, 's')}"
    calm, harmed = (_p95(run, phase) for phase in (before[-1], under[0]))
    if calm is None or harmed is None:
        return None
    if measured(calm, "s") == measured(harmed, "s"):
        return f"p95 stayed at {measured(harmed, 's')}"
    return f"p95 went from {measured(calm, 's')} to {measured(harmed, 's')} under the fault"


def _p95(run: Run, phase: str) -> float | None:
    requests = run.during(phase)
    return percentile(requests.where(requests.ok).latency_s, 95)


def _recovery(verdict: VerdictDocument) -> str | None:
    for finding in verdict.findings:
        if finding.check == "recovered" and finding.value is not None:
            return f"recovery took {finding.value:.1f} s" if finding.value >= 0.05 else "recovery was immediate"
    return None


def _writes(run: Run, verdict: VerdictDocument) -> str | None:
    for finding in verdict.findings:
        if finding.subject == "writes.lost" and finding.value is not None:
            count = sum(write.outcome is Outcome.ACKNOWLEDGED for write in run.writes)
            return f"{finding.value:.0f} of {count:,} acknowledged writes were lost"
    return None


def happened(run: Run) -> str:
    """The harm and what clients felt of it, in one sentence with its times."""
    told = []
    if not run.faults and any(phase.fault for phase in run.plan.drill.timeline):
        told.append("nothing was harmed: no fault was injected")
    for fault in run.faults:
        name = fault_on(fault.fault, fault.target)
        if fault.felt is None:
            told.append(f"{name} was asked for at {at(run.since_begin(fault.asked))} and never felt")
        elif fault.gone is None:
            told.append(f"{name} began at {at(run.since_begin(fault.felt))} and was never seen to be gone")
        else:
            began, ended = (run.since_begin(t) for t in (fault.felt, fault.gone))
            told.append(f"{name} was in effect from {at(began)} to {at(ended)}")
    failed = run.played.where(run.played.failed)
    if len(failed):
        first, last = (at(run.since_begin(int(t))) for t in (failed.finished.min(), failed.finished.max()))
        kind = one_line(next(iter(failed.error.counts())))
        most = f"all “{kind}”" if len(failed.error.counts()) == 1 else f"most often “{kind}”"
        span = f"at {first}" if first == last else f"between {first} and {last}"
        told.append(f"{len(failed):,} of {some(len(run.played), 'request')} failed {span}, {most}")
    elif len(run.played):
        told.append(f"none of {some(len(run.played), 'request')} failed")
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def run_name(run: Run) -> str:
    return run.folder.resolve().name if run.folder else run.plan.drill.name


def when(run: Run) -> str:
    return run.plan.clock.utc_at(run.begin).strftime("%Y-%m-%d %H:%M:%S UTC")


def lasted(run: Run) -> float | None:
    """Seconds from the first phase's begin to the last one's end; None when no phase took place."""
    return seconds(max(span.end for span in run.spans) - run.begin) if run.spans else None


def facts(run: Run) -> list[str]:
    """When, on what, under which load: the line below the headline."""
    took = lasted(run)
    return [
        when(run),
        f"{run.plan.stack.kind} stack",
        ", ".join(str(load) for load in run.plan.drill.loads) or "no load",
        f"seed {run.plan.seed}",
        "no phase took place" if took is None else f"{took:.1f} s",
        _recorded(run),
    ]


def _recorded(run: Run) -> str:
    if len(run.played):
        return some(len(run.played), "request")
    return some(len(run.observations), "observation") if run.observations else "no request was recorded"


def warnings(run: Run) -> list[str]:
    """What a reader must know before reading on."""
    told = []
    if run.plan.defect:
        told.append(f"The defect “{run.plan.defect}” was seeded into the stack on purpose.")
    if not run.whole:
        told.append("The recording was cut short. What is shown is what there is.")
    return told
