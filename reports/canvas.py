"""What all charts share: a figure measured in pixels, calm axes, the shaded faults."""

import math
import re
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.palette import FAULT, GRID, INK, MUTED, PAGE, RULE
from reports.story import Story

DPI = 72
"""One point is one pixel, so that sizes of text and of boxes are in one unit."""

SMALL = 10.5
TEXT = 11.5


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own: nothing of pyplot, hence no state that another chart could see."""
    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=str(PAGE))


def add_axes(figure: Figure, left: float, top: float, right: float, height: float) -> Axes:
    """Axes by their distances in pixels from the left, upper and right edge: margins that do not depend on the text."""
    width_px, height_px = figure.get_figwidth() * DPI, figure.get_figheight() * DPI
    box = (
        left / width_px,
        1 - (top + height) / height_px,
        (width_px - left - right) / width_px,
        height / height_px,
    )
    axes = figure.add_axes(box)
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(str(RULE))
    axes.tick_params(length=0, pad=5, labelsize=SMALL, labelcolor=str(MUTED))
    axes.tick_params(axis="x", pad=8)
    axes.tick_params(which="minor", length=0)
    axes.grid(axis="y", color=str(GRID), linewidth=1)
    axes.set_axisbelow(True)
    return axes


def title(axes: Axes, text: str, note: str = "", *, lift: float = 8) -> None:
    """A heading at the upper left of the axes; the note, in grey, says what exactly is shown."""
    heading = axes.annotate(
        text,
        (0, 1),
        (0, lift),
        xycoords="axes fraction",
        textcoords="offset points",
        color=str(INK),
        size=TEXT,
        weight="bold",
    )
    if note:
        axes.annotate(
            note,
            (1, 1),
            (7, lift),
            xycoords=(heading, "axes fraction"),
            textcoords="offset points",
            color=str(MUTED),
            size=SMALL,
        )


def legend(axes: Axes, *, columns: int = 4, inside: bool = False) -> None:
    """In the line of the title, at its right end; or inside, at the lower right."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    texts = [shortened(label, 26) for label in labels]
    axes.legend(
        handles, texts, loc="lower right", bbox_to_anchor=(1.0, 0.0 if inside else 1.0), borderaxespad=0.5,
        ncols=columns, frameon=False, fontsize=SMALL, labelcolor=str(MUTED), handlelength=1.5, handletextpad=0.5,
        columnspacing=1.2, borderpad=0,
    )  # fmt: skip


def shade(axes: Axes, story: Story) -> None:
    """The faults' spans and the borders of the phases. `gid` names the span in the SVG."""
    for span in story.shades:
        area = axes.axvspan(span.begin, span.end, color=str(FAULT), alpha=0.11, linewidth=0, zorder=0)
        area.set_gid("fault-span")
    for phase in story.phases[1:]:
        axes.axvline(phase.begin, color=str(RULE), linewidth=1, zorder=0.5)


def time_axis(axes: Axes, story: Story, *, labels: bool, ticks: int = 12) -> None:
    axes.set_xlim(0, max(story.end, 1e-3))
    if not story.end:
        # Nothing took place: an axis would claim that it took no time.
        axes.set_xticks([])
        return
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
    axes.tick_params(axis="x", labelbottom=labels)


def count_axis(axes: Axes, most: float, unit: str = "", *, ticks: int = 4) -> None:
    """From 0 up, with room above the highest value."""
    axes.set_ylim(0, most * 1.12 if most > 0 else 1)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10], integer=most > 2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}{unit}"))


def latency_axis(axes: Axes, values: Sequence[float]) -> None:
    """Logarithmic, since what a fault does to latencies is a matter of powers of ten. Empty: nothing to scale to."""
    known = [value for value in values if math.isfinite(value) and value > 0]
    low, high = (min(known), max(known)) if known else (0.001, 1.0)
    axes.set_yscale("log")
    low, high = low * 0.7, max(high * 1.5, low * 12)
    axes.set_ylim(low, high)
    decades = [10.0**power for power in range(-7, 6)]
    steps = (1,) if high / low > 300 else (1, 3)
    axes.set_yticks([step * decade for decade in decades for step in steps if low <= step * decade <= high])
    axes.set_yticks([], minor=True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))


def duration(seconds: float) -> str:
    """A round duration as an axis shows it."""
    if seconds >= 0.9999:
        return f"{seconds:g} s"
    return f"{seconds * 1e3:.4g} ms" if seconds >= 0.99e-3 else f"{seconds * 1e6:.4g} µs"


def nothing(axes: Axes, text: str) -> None:
    """Says that there is nothing to see: an empty chart could be a broken one."""
    axes.set_yticks([])
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=str(MUTED), size=SMALL)


_UNDRAWABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def shortened(text: str, length: int) -> str:
    # What a server names its errors is not ours to choose: a "$" would start a formula in matplotlib, and what is
    # no character of XML would end the drawing.
    text = _UNDRAWABLE.sub("\ufffd", " ".join(text.split())).replace("$", r"\$")
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
