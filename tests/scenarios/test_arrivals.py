"""Arrivals are arithmetic: tables that read as sentences."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.clients.arrivals import NS, SCHEDULES, Schedule, constant, poisson, share

MS = 1_000_000


def first(count: int, schedule: Schedule) -> list[int]:
    return list(islice(schedule, count))


@pytest.mark.parametrize(
    ("rate", "due_ms"),
    [
        (10, [0, 100, 200, 300]),
        (1, [0, 1000, 2000, 3000]),
        (1000, [0, 1, 2, 3]),
        (0.5, [0, 2000, 4000, 6000]),
        (2.5, [0, 400, 800, 1200]),
    ],
)
def test_at_this_many_a_second_they_are_due_at(rate: float, due_ms: list[int]) -> None:
    assert first(4, constant(rate)) == [ms * MS for ms in due_ms]


def test_three_a_second_are_due_at_every_third_to_the_nanosecond() -> None:
    assert first(4, constant(3)) == [0, 333_333_333, 666_666_667, 1_000_000_000]


@pytest.mark.parametrize(("rate", "seconds"), [(3, 333_333), (7, 142_857), (60, 16_666)])
def test_the_millionth_arrival_has_no_error_that_added_up(rate: int, seconds: int) -> None:
    due = next(islice(constant(rate), 1_000_000, None))
    exact = 1_000_000 * NS // rate
    assert due - exact in (0, 1)
    assert due // NS == seconds


def test_gaps_never_differ_by_more_than_a_nanosecond() -> None:
    gaps = np.diff(first(100_000, constant(60)))
    assert set(gaps.tolist()) == {16_666_666, 16_666_667}


def test_the_same_seed_is_the_same_schedule_and_another_is_another() -> None:
    assert first(1000, poisson(60, seed=7)) == first(1000, poisson(60, seed=7))
    assert first(1000, poisson(60, seed=7)) != first(1000, poisson(60, seed=8))


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("rate", [0.5, 60, 5000])
def test_independent_arrivals_come_at_the_rate_on_average(rate: float, seed: int) -> None:
    gaps = np.diff(first(20_000, poisson(rate, seed))) / NS
    # Exponential gaps: their deviation is their mean, whose own error is a hundred and forty times smaller.
    assert np.isclose(gaps.mean(), 1 / rate, rtol=0.03)
    assert np.isclose(gaps.std(), 1 / rate, rtol=0.05)


def test_independent_arrivals_come_in_order_and_not_before_the_start() -> None:
    due = first(10_000, poisson(1000, seed=3))
    assert due == sorted(due)
    assert due[0] > 0


def test_a_constant_schedule_does_not_depend_on_the_seed() -> None:
    assert first(10, SCHEDULES["constant"](60, 1)) == first(10, SCHEDULES["constant"](60, 2))


def test_the_second_of_three_workers_plays_every_third_arrival() -> None:
    assert first(3, share(constant(10), worker=1, workers=3)) == [100 * MS, 400 * MS, 700 * MS]


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(SCHEDULES)),
    rate=st.floats(min_value=0.1, max_value=10_000),
    seed=st.integers(0, 2**31),
    workers=st.integers(1, 8),
)
def test_workers_share_the_schedule_exactly(name: str, rate: float, seed: int, workers: int) -> None:
    shares = [first(25, share(SCHEDULES[name](rate, seed), worker, workers)) for worker in range(workers)]
    # Dealt out like cards: taken up again in turn, they are the pack.
    assert [due for turn in zip(*shares, strict=True) for due in turn] == first(
        25 * workers, SCHEDULES[name](rate, seed)
    )
