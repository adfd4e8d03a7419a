"""How fast a figure changes: the Theil-Sen slope, with Sen's confidence interval.

The median of the slopes between all pairs of points: up to 29 % of them may be outliers. The interval is Kendall's rank
test turned round, so that nothing is assumed of how the figures are distributed.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Z = 1.959964
"""Of the normal distribution, for 95 %."""

Floats = npt.NDArray[np.float64]


class Slope(NamedTuple):
    """In units of the figure a unit of time: the estimate, and the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


def slope(t: Floats, value: Floats) -> Slope:
    """Of two points or more, no two at one time. Points that depend on the ones before them make the interval too
    narrow: give means over stretches, not every sample.
    """
    n = len(t)
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((value[second] - value[first]) / (t[second] - t[first]))
    _, tied = np.unique(value, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((tied * (tied - 1) * (2 * tied + 5)).sum())) / 18
    half = Z * float(np.sqrt(variance))
    low = max(int((len(slopes) - half) / 2), 0)
    high = min(int(np.ceil((len(slopes) + half) / 2)), len(slopes) - 1)
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))


def stretches(t: Floats, value: Floats, begin: float, end: float, count: int) -> tuple[Floats, Floats]:
    """The middle and the median of each of `count` equal stretches that hold anything."""
    edges = np.linspace(begin, end, count + 1)
    points = [
        ((left + right) / 2, float(np.median(inside)))
        for left, right in pairwise(edges)
        if len(inside := value[(t >= left) & (t < right)])
    ]
    times, medians = np.array(points, dtype=float).reshape(-1, 2).T
    return times, medians
