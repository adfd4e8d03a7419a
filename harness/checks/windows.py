"""Sliding windows over a span of a run: a short outage must not drown in a long phase."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from harness.clock import nanoseconds, seconds
from harness.run import Requests, Span


class Window(NamedTuple):
    """Requests whose intended start lies in [begin, end), in nanoseconds."""

    begin: int
    end: int
    requests: Requests

    @property
    def seconds(self) -> float:
        return seconds(self.end - self.begin)


def windows(requests: Requests, span: Span, width_s: float, step_s: float) -> Iterator[Window]:
    """Windows of `width_s` every `step_s`; a span shorter than one window is one window.

    Requests that were met by the fault (intended just before it) count in the first window.
    """
    width, step = nanoseconds(width_s), nanoseconds(step_s)
    starts = range(span.begin, max(span.end - width, span.begin) + 1, step)
    intended = np.maximum(requests.intended, span.begin)
    for begin in starts:
        end = min(begin + width, span.end)
        yield Window(begin, end, requests.where((intended >= begin) & (intended < end)))
