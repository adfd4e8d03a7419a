"""The worst two seconds of a run: where to look first."""

from typing import NamedTuple

import numpy as np

from harness.checks.percentile import percentile
from harness.clock import nanoseconds
from harness.run import Run
from reports.series import Floats

WIDTH_S = 2.0
STEP_S = 0.5
WINDOWS_AT_MOST = 400
"""Of a run of hours the windows are further apart, and not more."""
ENOUGH = 5


class Worst(NamedTuple):
    """Of the window from `begin` to `end`, in seconds: by the share of its requests that failed, and by p95 among
    equals. `p95` is of its good answers, None where there were none.
    """

    begin: float
    end: float
    requests: int
    failed: int
    p95: float | None


def worst(run: Run) -> Worst | None:
    """None where no window has requests enough."""
    requests = run.played
    if not len(requests):
        return None
    # Warming up is slow, and nobody's fault.
    first = next((span.begin for span in run.spans if span.name != "warm-up"), run.begin)
    last = int(requests.intended[-1])
    step = max(nanoseconds(STEP_S), (last - first) // WINDOWS_AT_MOST)
    width = nanoseconds(WIDTH_S)
    begins = np.arange(first, max(last - width, first) + 1, step)
    low, high = (np.searchsorted(requests.intended, edge) for edge in (begins, begins + width))
    latency, failed = requests.latency_s, requests.failed
    found = [
        _window(run, int(begin), width, latency[a:b], failed[a:b])
        for begin, a, b in zip(begins, low, high, strict=True)
        if b - a >= ENOUGH
    ]
    return max(found, key=lambda one: (one.failed / one.requests, one.p95 or 0.0, -one.begin), default=None)


def _window(run: Run, begin: int, width: int, latency: Floats, failed: np.ndarray) -> Worst:
    good = percentile(latency[~failed], 95)
    return Worst(run.since_begin(begin), run.since_begin(begin + width), len(latency), int(failed.sum()), good)
