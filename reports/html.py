"""report.html: one file that needs nothing else, neither network nor script."""

from collections.abc import Callable, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Run
from reports import charts, gauges, timeline
from reports.again import again
from reports.headline import JOINT, drill_title, facts, happened, ranked, run_name, warnings, why
from reports.images import svg
from reports.ledger import fault_rows, plan_facts, strange_writes, write_rows
from reports.limits import latency_limits
from reports.observed import groups
from reports.page import FindingRow, Page, RoleCharts
from reports.palette import SERIES, custom_properties
from reports.scaling import scaling
from reports.series import traffic
from reports.story import Story, tell
from reports.tables import endpoint_rows, error_rows, phase_rows, shares
from reports.words import SYMBOLS, measured, some


def html(run: Run, verdict: VerdictDocument) -> bytes:
    text: str = _environment().get_template("report.html").render(page=page(run, verdict))
    return text.encode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(run: Run, verdict: VerdictDocument) -> Page:
    story = tell(run)
    flow = traffic(run, story)
    limits = latency_limits(verdict, story)
    strange, left_out = strange_writes(run)
    loaded = not run.plan.drill.only_asks
    played = loaded or bool(run.faults)
    shown = flow if loaded else None
    seen = timeline.describe(story, shown)

    def drawn(figure: Callable[[], Figure], name: str, description: str, wanted: bool = loaded) -> Markup:
        # Drawing takes most of a report's time, and what only asks has little to draw.
        return svg(figure(), name, description) if wanted else Markup("")

    return Page(
        light=Markup(custom_properties(dark=False)),
        dark=Markup(custom_properties(dark=True)),
        verdict=verdict.verdict.value,
        symbol=SYMBOLS[verdict.verdict],
        drill=drill_title(run),
        joint=JOINT[verdict.verdict],
        why=why(run, verdict),
        facts=facts(run),
        warnings=warnings(run),
        happened=happened(run),
        run=run_name(run),
        postmortem=verdict.verdict is Verdict.FAIL,
        findings=[_finding(finding) for finding in ranked(verdict)],
        counts=_counts(verdict.findings),
        observed=groups(run),
        loaded=loaded,
        played=played,
        story=story,
        recorded=story.end > 0,
        timeline_wide=drawn(lambda: timeline.draw(story, shown, limits, timeline.PAGE_SIZE), "wide", seen, played),
        timeline_narrow=drawn(lambda: timeline.draw(story, shown, limits, timeline.PHONE_SIZE), "narrow", seen, played),
        bucket=f"{flow.buckets.width:g} s",
        phases=phase_rows(run),
        percentiles=drawn(
            lambda: charts.percentiles(run), "percentiles", "Latency by percentile, a curve for each phase"
        ),
        endpoints=endpoint_rows(run),
        instances=drawn(lambda: charts.instances(story, flow), "instances", "Answers a second by instance, stacked"),
        scaling=_scaling(run),
        shares=shares(run),
        errors=error_rows(run),
        error_kinds=len(run.played.error.counts()),
        roles=[_role(role, story) for role in gauges.gauges(run)] if played else [],
        writes=write_rows(run),
        strange=strange,
        strange_left_out=left_out,
        faults=fault_rows(run),
        plan=plan_facts(run),
        again=again(run),
        folder=str(run.folder or run_name(run)),
    )


def _scaling(run: Run) -> Markup:
    figure = scaling(run)
    return Markup("") if figure is None else svg(figure, "scaling", "Throughput by the number of instances")


def _finding(finding: Finding) -> FindingRow:
    return FindingRow(
        finding.verdict.value,
        SYMBOLS[finding.verdict],
        finding.check,
        finding.subject,
        finding.phase,
        measured(finding.value, finding.unit),
        finding.threshold,
        finding.evidence,
        finding.claims,
        finding.refutes,
    )


def _counts(findings: Sequence[Finding]) -> str:
    """ "1 failed, 2 inconclusive, 8 passed": the verdicts that occur."""
    verdicts = [finding.verdict for finding in findings]
    words = {Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "inconclusive", Verdict.PASS: "passed"}
    return ", ".join(f"{verdicts.count(kind)} {word}" for kind, word in words.items() if kind in verdicts)


def _role(role: gauges.RoleGauges, story: Story) -> RoleCharts:
    drawn = [
        svg(gauges.draw(gauge, story), f"gauge-{role.role}-{gauge.metric}", gauge.description) for gauge in role.drawn
    ]
    members = max((gauge.lines for gauge in role.drawn), key=len, default=[])
    legend = [(line.subject, _swatch(number)) for number, line in enumerate(members)] if len(members) > 1 else []
    hidden = max((gauge.more_lines for gauge in role.drawn), default=0)
    more = list(role.more) + ([some(hidden, "more member")] if hidden else [])
    return RoleCharts(role.role, drawn, legend, ", ".join(role.flat), ", ".join(more))


def _swatch(number: int) -> Markup:
    """A bit of a member's line, drawn as in its charts."""
    dash = ("", "5 2.4", "1.5 2.5", "6 2.5 1.5 2.5")[number % 4]
    colour = SERIES[number % len(SERIES)].name
    return Markup(
        '<svg class="swatch" viewBox="0 0 24 8" aria-hidden="true">'
        '<path d="M0 4h24" style="stroke: var(--{})" stroke-dasharray="{}"/></svg>'
    ).format(colour, dash)
