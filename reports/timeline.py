"""The timeline: what happened, the latencies, the rates and the errors, on one axis of time."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.canvas import (
    SMALL,
    TEXT,
    add_axes,
    count_axis,
    latency_axis,
    legend,
    new_figure,
    nothing,
    shade,
    shortened,
    time_axis,
    title,
)
from reports.palette import BLUE, FAIL, FAULT, GREEN, GREY, INK, MUTED, PAGE, PURPLE, SERIES, VERMILLION
from reports.series import OTHERS, Band, Traffic
from reports.story import Mark, Story


class Limit(NamedTuple):
    """A threshold on a latency, in seconds, as the drill words it, and where it was held: from when to when."""

    seconds: float
    text: str
    spans: list[tuple[float, float]]


class Size(NamedTuple):
    """`left` is the room for tick labels; `banner` the room above for a heading of the picture's own."""

    width: float
    left: float = 56
    right: float = 12
    banner: float = 0

    @property
    def plot(self) -> float:
        return self.width - self.left - self.right


PAGE_SIZE = Size(1000)
PHONE_SIZE = Size(350, left=44, right=6)
PICTURE_SIZE = Size(1000, left=72, right=28, banner=62)

PHASES, LANE, HEAD = 24.0, 19.0, 40.0
LATENCY, RATE, ERRORS, FOOT = 190.0, 100.0, 100.0, 26.0


def draw(
    story: Story, traffic: Traffic | None, limits: list[Limit], size: Size, heading: tuple[str, str] | None = None
) -> Figure:
    """The whole figure, of what happened alone where there is no traffic; `heading` (a line and a smaller one) only
    where the picture stands alone.
    """
    lanes = _lanes(story, size)
    top = size.banner + PHASES
    strip = LANE * max(1 + max(lanes.values(), default=-1), 0) + 4
    panels = () if traffic is None else (LATENCY, RATE, ERRORS)
    figure = new_figure(size.width, top + strip + sum(HEAD + height for height in panels) + FOOT - 8)
    if heading is not None:
        _heading(figure, size, heading)
    happened = add_axes(figure, size.left, top, size.right, strip)
    top += strip - 8
    drawn: list[Axes] = []
    for height in panels:
        drawn.append(add_axes(figure, size.left, top + HEAD, size.right, height))
        top += HEAD + height
    wide = size.plot > 600
    if traffic is not None:
        latency, rate, errors = drawn
        _latency(latency, traffic, limits, wide)
        _rate(rate, traffic, wide)
        _errors(errors, traffic.errors, traffic.buckets.edges.tolist(), wide)
    for axes in (happened, *drawn):
        shade(axes, story)
        for mark in story.drawn_marks:
            axes.axvline(mark.at, color=str(MUTED), linewidth=0.8, linestyle=(0, (1, 3)), zorder=0.7)
        time_axis(axes, story, labels=axes is (happened, *drawn)[-1], ticks=14 if wide else 6)
    _happened(happened, story, lanes, size)
    return figure


def _heading(figure: Figure, size: Size, heading: tuple[str, str]) -> None:
    height = figure.get_figheight() * figure.dpi
    for text, down, points, colour in ((heading[0], 26, 15, INK), (heading[1], 45, TEXT, MUTED)):
        longest = int((size.width - 32) / points / 0.58)
        figure.text(
            16 / size.width, 1 - down / height, shortened(text, longest), size=points, color=str(colour),
            weight="bold" if colour is INK else "normal",
        )  # fmt: skip


def _lanes(story: Story, size: Size) -> dict[int, int]:
    """For each mark the lane in which its number does not cover another."""
    lanes: dict[int, int] = {}
    free_from: list[float] = []
    for mark in story.drawn_marks:
        x = mark.at / max(story.end, 1e-3) * size.plot
        lane = next((lane for lane, free in enumerate(free_from) if free <= x), len(free_from))
        free_from[lane : lane + 1] = [x + LANE]
        lanes[mark.number] = lane
    return lanes


def _happened(axes: Axes, story: Story, lanes: dict[int, int], size: Size) -> None:
    count = 1 + max(lanes.values(), default=0)
    axes.set_ylim(count, 0)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    for mark in story.drawn_marks:
        _number(axes, mark, lanes[mark.number] + 0.45)
    for phase in story.phases:
        room = (phase.end - phase.begin) / max(story.end, 1e-3) * size.plot
        name = shortened(phase.name, 24) + (" ⚡" if phase.fault else "")
        if room < len(name) * 6.2:
            continue
        axes.annotate(
            name, ((phase.begin + phase.end) / 2, 1), (0, 7), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", size=TEXT, color=str(FAULT if phase.fault else MUTED),
            weight="bold" if phase.fault else "normal", annotation_clip=False,
        )  # fmt: skip


def _number(axes: Axes, mark: Mark, y: float) -> None:
    edge = FAIL if mark.problem else INK
    axes.plot(
        [mark.at],
        [y],
        "o",
        ms=15,
        mfc=str(edge if mark.problem else PAGE),
        mec=str(edge),
        mew=1,
        clip_on=False,
    )
    axes.annotate(
        str(mark.number), (mark.at, y), (0, -3.4), textcoords="offset points", ha="center", size=9.5,
        color=str(PAGE if mark.problem else INK), weight="bold", annotation_clip=False,
    )  # fmt: skip


def _latency(axes: Axes, traffic: Traffic, limits: list[Limit], wide: bool) -> None:
    title(axes, "Latency", "of good answers, from the intended start" if wide else "")
    known = traffic.longest[np.isfinite(traffic.longest)]
    if not len(known):
        nothing(axes, "no good answer was recorded")
        return
    x = traffic.buckets.middles
    axes.plot(x, traffic.longest, color=str(GREY), linewidth=1, linestyle=":", marker=".", markersize=3, label="max")
    axes.plot(x, traffic.p95, color=str(BLUE), linewidth=1.8, label="p95")
    axes.plot(x, traffic.p50, color=str(GREEN), linewidth=1.4, linestyle="--", label="p50")
    latency_axis(axes, [*traffic.p50.tolist(), *known.tolist(), *(limit.seconds for limit in limits)])
    for limit in limits:
        for begin, end in limit.spans:
            axes.plot([begin, end], [limit.seconds] * 2, color=str(FAIL), linewidth=1, linestyle=(0, (6, 3)))
        if limit.spans:
            axes.annotate(
                limit.text, (limit.spans[-1][1], limit.seconds), (-3, -4), textcoords="offset points",
                ha="right", va="top", size=SMALL, color=str(FAIL),
            )  # fmt: skip
    legend(axes)


def _rate(axes: Axes, traffic: Traffic, wide: bool) -> None:
    title(axes, "Rate", "requests a second" if wide else "")
    most = max(traffic.offered.max(initial=0), traffic.answered.max(initial=0))
    if not most:
        nothing(axes, "no request was recorded")
        return
    edges = traffic.buckets.edges
    axes.stairs(
        traffic.offered,
        edges,
        baseline=None,
        color=str(PURPLE),
        linewidth=1.4,
        linestyle="--",
        label="offered",
    )
    axes.stairs(
        traffic.answered,
        edges,
        baseline=None,
        color=str(BLUE),
        linewidth=1.6,
        label="good answers" if wide else "good",
    )
    count_axis(axes, most, "/s")
    legend(axes)


def _errors(axes: Axes, bands: list[Band], edges: list[float], wide: bool) -> None:
    title(axes, "Errors", "a second, by kind, when the client saw them" if wide and len(bands) < 3 else "")
    if not bands:
        nothing(axes, "no error was recorded")
        return
    kinds = [VERMILLION, *(colour for colour in SERIES if colour is not VERMILLION)]
    base = [0.0] * (len(edges) - 1)
    for band, colour in zip(bands, kinds, strict=False):
        upper = [low + rate for low, rate in zip(base, band.rate.tolist(), strict=True)]
        axes.stairs(
            upper,
            edges,
            baseline=base,
            fill=True,
            color=str(GREY if band.name == OTHERS else colour),
            linewidth=0,
            label=band.name,
        )
        base = upper
    count_axis(axes, max(base), "/s")
    if wide or len(bands) <= 2:
        legend(axes, columns=min(len(bands), 4))


def describe(story: Story, traffic: Traffic | None) -> str:
    """The timeline in words, for those who cannot see it."""
    told = [] if traffic is None else [_told(traffic)]
    faults = [f"{span.label} in effect from {span.begin:.1f} to {span.end:.1f} s" for span in story.shades]
    return f"Timeline of {story.end:.0f} s: {'; '.join([*told, *faults] if faults else [*told, 'no fault'])}."


def _told(traffic: Traffic) -> str:
    known = [value for value in traffic.p95.tolist() if math.isfinite(value)]
    p95 = f"p95 between {min(known) * 1e3:.3g} and {max(known) * 1e3:.3g} ms" if known else "no latencies"
    return f"{p95}, {f'errors of {len(traffic.errors)} kinds' if traffic.errors else 'no errors'}"
