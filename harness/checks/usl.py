"""The Universal Scalability Law: X(N) = λN / (1 + σ(N - 1) + κN(N - 1)), after Gunther.

σ is what is done one at a time (contention), κ what each must settle with each other (coherency); where both are 0,
throughput grows as the number does.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

RESAMPLES = 400
SEED = 1
"""The same recording has the same interval, whenever it is judged."""

Floats = npt.NDArray[np.float64]
CHOICES = ([0, 1, 2], [0, 1], [0, 2], [0])


class Usl(NamedTuple):
    rate: float
    sigma: float
    kappa: float


class Interval(NamedTuple):
    """The ends of a 95 % confidence interval."""

    low: float
    high: float


class Fitted(NamedTuple):
    """`efficiency` is the throughput of the most over that of as many times one."""

    usl: Usl
    sigma: Interval
    kappa: Interval
    efficiency: float
    efficiency_within: Interval


def fit(n: Floats, x: Floats) -> Usl:
    """Least squares of N / X, which is linear in 1/λ, σ/λ and κ/λ; none of them may be negative."""
    wanted = n / x
    columns = np.stack([np.ones_like(n), n - 1, n * (n - 1)], axis=1)
    best: tuple[float, Floats] | None = None
    for chosen in CHOICES:
        part, *_ = np.linalg.lstsq(columns[:, chosen], wanted, rcond=None)
        if (part < 0).any():
            continue
        found = np.zeros(3)
        found[chosen] = part
        error = float(((columns @ found - wanted) ** 2).sum())
        if best is None or error < best[0]:
            best = error, found
    assert best is not None, "a constant alone is never negative"
    a, b, c = best[1]
    return Usl(float(1 / a), float(b / a), float(c / a))


def fitted(counts: tuple[int, ...], samples: tuple[Floats, ...]) -> Fitted:
    """Of the throughputs with so many members each, in order; intervals by bootstrap over the samples."""
    draw = np.random.default_rng(SEED)
    again = [_both(counts, [float(draw.choice(some, len(some)).mean()) for some in samples]) for _ in range(RESAMPLES)]
    sigma, kappa, efficiency = np.array([(usl.sigma, usl.kappa, good) for usl, good in again]).T
    usl, good = _both(counts, [float(some.mean()) for some in samples])
    return Fitted(usl, _within(sigma), _within(kappa), good, _within(efficiency))


def _both(counts: tuple[int, ...], means: list[float]) -> tuple[Usl, float]:
    usl = fit(np.array(counts, dtype=float), np.array(means))
    return usl, means[-1] / counts[-1] / (means[0] / counts[0])


def _within(values: Floats) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))
