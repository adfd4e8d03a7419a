"""The servers' gauges as small multiples: which of them to draw, and how."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from harness.run import Run, Series
from reports.canvas import add_axes, count_axis, new_figure, shade, shortened, time_axis, title
from reports.palette import DASHES, SERIES
from reports.series import Floats
from reports.story import Story

ROLES = ("app", "lb", "pool", "db", "cache", "upstream", "generator", "harness")
TOLD_FIRST = (
    *("up", "lag_p99_ms", "lag_max_ms", "cpu_percent", "rss_bytes", "memory_bytes", "sessions", "queued"),
    *("clients_active", "clients_waiting", "servers_active", "maxwait_ms"),
    *("active", "connections", "waiting_for_lock", "commits_total", "ops_per_s", "hits_total"),
    *("connect_errors", "retries", "arrivals", "late", "not_started", "processes"),
)
"""What tells most, in this order; whatever else was sampled follows by name."""
PRESENT = ("up", "answers", "processes")
"""What is there or not: what one looks for is when it was not."""
NAMES = {"up": "members up", "cpu": "CPU", "rss": "RSS", "fds": "open files"}
CHARTS_A_ROLE = 4
LINES_A_CHART = 8
POINTS_A_LINE = 100
MEGA = 1 << 20


class Line(NamedTuple):
    subject: str
    seconds: Floats
    value: Floats


class Gauge(NamedTuple):
    """One metric of one role: its members as lines, in `unit`."""

    role: str
    metric: str
    name: str
    unit: str
    lines: list[Line]
    more_lines: int = 0

    @property
    def description(self) -> str:
        peaks = ", ".join(f"{line.subject} up to {line.value.max():,.4g}" for line in self.lines)
        return f"{self.role}, {self.name}{f' in {self.unit}' if self.unit else ''}: {peaks}"


class RoleGauges(NamedTuple):
    """`flat` are the metrics that were 0 all the time, `more` those there was no room for."""

    role: str
    drawn: list[Gauge]
    flat: list[str]
    more: list[str]


def gauges(run: Run) -> list[RoleGauges]:
    members: dict[str, dict[str, list[str]]] = {}
    for role, subject, metric in run.gauges.sampled():
        members.setdefault(role, {}).setdefault(metric, []).append(subject)
    order = [*ROLES, *sorted(members.keys() - set(ROLES))]
    return [_of_role(run, role, members[role]) for role in order if role in members]


def _of_role(run: Run, role: str, metrics: dict[str, list[str]]) -> RoleGauges:
    drawn: list[Gauge] = []
    flat: list[str] = []
    more: list[str] = []
    for metric in sorted(metrics, key=lambda m: (TOLD_FIRST.index(m) if m in TOLD_FIRST else len(TOLD_FIRST), m)):
        gauge = _gauge(run, role, metric, metrics[metric])
        # "answers" is 1 while a meter is answered at all: worth a chart only when it was not.
        silent = metric == "answers" and all(line.value.all() for line in gauge.lines)
        if not gauge.lines or silent:
            continue
        if not any(line.value.any() for line in gauge.lines):
            flat.append(gauge.name)
        elif len(drawn) < CHARTS_A_ROLE:
            drawn.append(gauge)
        else:
            more.append(gauge.name)
    return RoleGauges(role, drawn, flat, more)


def _gauge(run: Run, role: str, metric: str, subjects: list[str]) -> Gauge:
    end = max([span.end for span in run.spans] or [run.end])
    lines = []
    for subject in sorted(subjects):
        series = run.gauges.series(role, subject, metric).between(run.begin, end + 1)
        if metric.endswith("_total"):
            series = per_second(series)
        if len(series.t):
            lines.append(_thinned(Line(subject, (series.t - run.begin) / 1e9, series.value), metric in PRESENT))
    if metric == "up" and len(lines) > 1:
        lines = [_together(lines)]
    name, unit, scale = unit_of(metric)
    shown = [line._replace(value=line.value / scale) for line in lines[:LINES_A_CHART]]
    return Gauge(role, metric, name, unit, shown, len(lines) - len(shown))


def unit_of(metric: str) -> tuple[str, str, float]:
    """A metric's name for people, its unit and what to divide by."""
    for ending, unit, scale in (
        ("_bytes", "MiB", MEGA), ("_percent", "%", 1), ("_ms", "ms", 1), ("_per_s", "/s", 1), ("_total", "/s", 1)
    ):  # fmt: skip
        if metric.endswith(ending):
            name = metric.removesuffix(ending)
            return NAMES.get(name, name.replace("_", " ")), unit, float(scale)
    return NAMES.get(metric, metric.replace("_", " ")), "", 1.0


def per_second(series: Series) -> Series:
    """A counter as a rate. Where it fell its server began anew, and the rate is unknown."""
    took = np.diff(series.t) / 1e9
    rose = np.diff(series.value)
    known = (took > 0) & (rose >= 0)
    return Series(series.t[1:][known], rose[known] / took[known])


def _thinned(line: Line, present: bool) -> Line:
    """At most so many points; of each step the highest value, since a peak is what one looks for: but of what is there
    or not the lowest, since an outage is.
    """
    step = -(-len(line.value) // POINTS_A_LINE)
    if step <= 1:
        return line
    starts = np.arange(0, len(line.value), step)
    return Line(
        line.subject, line.seconds[starts], (np.minimum if present else np.maximum).reduceat(line.value, starts)
    )


def _together(lines: list[Line]) -> Line:
    """The sum over the members, each at its latest value."""
    seconds = np.unique(np.concatenate([line.seconds for line in lines]))
    total = np.zeros(len(seconds))
    for line in lines:
        latest = np.searchsorted(line.seconds, seconds, side="right") - 1
        total += np.where(latest >= 0, line.value[np.maximum(latest, 0)], 0)
    return Line("all", seconds, total)


def draw(gauge: Gauge, story: Story) -> Figure:
    figure = new_figure(244, 138)
    axes = add_axes(figure, 36, 26, 6, 86)
    title(axes, shortened(gauge.name, 24), gauge.unit, lift=9)
    for number, line in enumerate(gauge.lines):
        colour = str(SERIES[number % len(SERIES)])
        if gauge.metric == "up":
            axes.step(line.seconds, line.value, where="post", color=colour, linewidth=1.5)
        else:
            # A gap in the samples is a gap in the line: a killed server has no memory use.
            seconds, value = _with_gaps(line)
            axes.plot(seconds, value, color=colour, linestyle=DASHES[number % len(DASHES)], linewidth=1.5)
    shade(axes, story)
    time_axis(axes, story, labels=True, ticks=4)
    count_axis(axes, max(float(line.value.max()) for line in gauge.lines), ticks=4 if gauge.metric == "up" else 3)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    return figure


def _with_gaps(line: Line) -> tuple[Floats, Floats]:
    steps = np.diff(line.seconds)
    if len(steps) < 3:
        return line.seconds, line.value
    gaps = np.nonzero(steps > 4 * np.median(steps))[0] + 1
    seconds: Floats = np.insert(line.seconds, gaps, line.seconds[gaps])
    value: Floats = np.insert(line.value, gaps, np.nan)
    return seconds, value
