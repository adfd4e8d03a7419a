"""The smaller charts: latencies by percentile, requests by instance."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from harness.run import Run
from reports.canvas import (
    add_axes,
    count_axis,
    latency_axis,
    legend,
    new_figure,
    nothing,
    shade,
    time_axis,
    title,
)
from reports.palette import DASHES, FAULT, GREY, SERIES
from reports.series import OTHERS, Traffic
from reports.story import Story

WIDTH, HEIGHT = 400.0, 256.0
LEFT, TOP, RIGHT, PLOT = 46.0, 34.0, 8.0, 192.0
POINTS = 160
TAIL = (50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999)


def percentiles(run: Run) -> Figure:
    """A curve for each phase: how long the good answers took, by percentile, the tail stretched out."""
    figure = new_figure(WIDTH, HEIGHT)
    axes = add_axes(figure, LEFT, TOP, RIGHT, PLOT)
    title(axes, "Latency by percentile")
    seen: list[float] = []
    longest = 0.0
    others = iter(zip((colour for colour in SERIES if colour is not SERIES[5]), DASHES[1:], strict=False))
    for phase in run.phases:
        requests = run.during(phase)
        latency = np.sort(requests.where(requests.ok).latency_s)
        if not len(latency):
            continue
        fault = any(span.fault for span in run.spans_of(phase))
        colour, dash = (FAULT, "-") if fault else next(others, (GREY, ":"))
        # The value of rank i is the percentile up to i/n; the slowest of n stands at the tail's 1/n.
        ranks = np.unique(len(latency) - np.geomspace(1, len(latency), POINTS).round().astype(int))
        x = -np.log10(1 - ranks / len(latency))
        axes.plot(
            x, latency[ranks], color=str(colour), linestyle=dash, linewidth=1.6, label=phase,
            marker="o", markevery=[-1], markersize=4,
        )  # fmt: skip
        seen += [float(latency[len(latency) // 4]), float(latency[-1])]
        longest = max(longest, float(x[-1]))
    if not seen:
        nothing(axes, "no good answer was recorded")
        axes.set_xticks([])
        return figure
    latency_axis(axes, seen)
    axes.set_xlim(0, longest * 1.03 if longest else 1)
    axes.set_xticks([-math.log10(1 - q / 100) for q in TAIL if -math.log10(1 - q / 100) <= axes.get_xlim()[1]])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"p{100 - 100 * 10**-x:.6g}"))
    legend(axes, columns=1, inside=True)
    return figure


def instances(story: Story, traffic: Traffic) -> Figure:
    """Answers a second by the instance that gave them, stacked."""
    figure = new_figure(WIDTH, HEIGHT)
    axes = add_axes(figure, LEFT, TOP, RIGHT, PLOT)
    title(axes, "Answers by instance")
    if traffic.instances:
        total = np.zeros(traffic.buckets.count)
        for number, band in enumerate(traffic.instances):
            colour = GREY if band.name == OTHERS else SERIES[number % len(SERIES)]
            below, total = total, total + band.rate
            axes.stairs(
                total, traffic.buckets.edges, baseline=below, fill=True, facecolor=str(colour), alpha=0.8, linewidth=0,
                label=band.name,
            )  # fmt: skip
        count_axis(axes, float(total.max(initial=0)), "/s")
        legend(axes, columns=4)
    else:
        nothing(axes, "no answer named its instance")
    shade(axes, story)
    time_axis(axes, story, labels=True, ticks=7)
    return figure
