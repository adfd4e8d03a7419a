"""Whether somebody looked all the time: what nobody sampled must not read as "nothing was"."""

from collections.abc import Iterator, Sequence

import numpy as np

from harness.clock import nanoseconds, seconds
from harness.run import Run, Series, Span

ASKED, WATCHED = "answers", "processes"
"""What is said at each look: of a server whether it answered (1 or 0), and of its processes how many there were."""

UNASKED_S, SILENT_S = 6.0, 10.0
"""A look takes a second at most, and the next comes soon after; the rest is for a machine that is busy."""

ADJOIN_NS = nanoseconds(0.1)
"""What lies between the end of a phase and the beginning of the next."""


def blind(run: Run) -> Iterator[str]:
    """Who was not watched, in words: nobody looked, in any phase; or it did not answer, while nothing was harmed."""
    unharmed = [span for span in run.spans if not span.fault]
    for role, subject, metric in run.gauges.sampled():
        if metric not in (ASKED, WATCHED):
            continue
        looks = run.gauges.series(role, subject, metric)
        answered = Series(looks.t[looks.value > 0], looks.value[looks.value > 0])
        if found := gap(looks, run.spans):
            yield f"nobody asked {subject} for figures for {found[0]:.1f} s of {found[1]}"
        elif metric == ASKED and not len(answered.t):
            yield f"{subject} never gave the figures that it was asked for"
        elif metric == ASKED and (found := gap(answered, unharmed, SILENT_S)):
            yield f"{subject} gave no figures for {found[0]:.1f} s of {found[1]}"


def gap(series: Series, spans: Sequence[Span], longest_s: float = UNASKED_S) -> tuple[float, str] | None:
    """Where a figure was not sampled for longer than that: seconds, and the phase; phases that adjoin are as one."""
    for span in _joined(spans):
        edges = np.concatenate(([span.begin], series.between(span.begin, span.end).t, [span.end]))
        gaps = np.diff(edges)
        at = int(gaps.argmax())
        if seconds(int(gaps[at])) > longest_s:
            return seconds(int(gaps[at])), next(one.name for one in reversed(spans) if one.begin <= edges[at])
    return None


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Each stretch of phases that follow each other, by the name of its first."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.begin):
        if joined and span.begin - joined[-1].end < ADJOIN_NS:
            joined[-1] = joined[-1]._replace(end=max(span.end, joined[-1].end))
        else:
            joined.append(span)
    return joined
