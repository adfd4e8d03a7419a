"""Arrivals are arithmetic: when clients arrive is decided before the run, and nothing that happens can move it.

A schedule is an iterator of offsets from the start, in nanoseconds, without end: no clock and no sleep in here.
"""

import random
from collections.abc import Callable, Iterator
from itertools import count, islice

NS = 1_000_000_000

Schedule = Iterator[int]


def constant(rate: float, seed: int = 0) -> Schedule:
    """Evenly spaced: the k-th arrival is due after k / rate seconds, with no error that adds up."""
    return (round(k * NS / rate) for k in count())


def poisson(rate: float, seed: int = 0) -> Schedule:
    """Independent clients: exponential gaps with a mean of 1 / rate, the same for the same seed."""
    draw = random.Random(seed)
    due = 0.0
    while True:
        due += draw.expovariate(rate)
        yield round(due * NS)


SCHEDULES: dict[str, Callable[[float, int], Schedule]] = {"constant": constant, "poisson": poisson}


def share(schedule: Schedule, worker: int, workers: int) -> Schedule:
    """Every `workers`-th arrival, starting with the `worker`-th: together the workers play the whole schedule."""
    return islice(schedule, worker, None, workers)
