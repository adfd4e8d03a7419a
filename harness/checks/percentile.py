"""Percentiles, exact and by one definition."""

import math

import numpy as np
import numpy.typing as npt


def percentile(values: npt.NDArray[np.float64], q: float) -> float | None:
    """The nearest-rank percentile: the smallest recorded value that at least `q` per cent of the values do not pass.

    Always one of the values, never interpolated. None without values: nothing measured is not 0.
    """
    if not len(values):
        return None
    # Rounded first: 99.9 / 100 * 1000 is a hair over 999, and its ceiling would be one rank too many.
    rank = max(math.ceil(round(q / 100 * len(values), 6)), 1)
    return float(np.partition(values, rank - 1)[rank - 1])


def enough_for(q: float) -> int:
    """How many values it takes for a percentile to be more than the maximum by another name: 1 / (1 - q)."""
    return max(math.ceil(round(100 / (100 - q), 6)), 1) if q < 100 else 1
