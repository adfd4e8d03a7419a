"""The percentile, by its definition: nearest rank, always a recorded value, nothing for nothing."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.metrics import METRICS
from harness.checks.percentile import enough_for, percentile

TEN = [0.9, 0.1, 0.5, 1.0, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6]

values_strategy = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200)
q_strategy = st.floats(min_value=0, max_value=100)


def of(values: list[float], q: float) -> float | None:
    return percentile(np.array(values, dtype=np.float64), q)


@pytest.mark.parametrize("q", [0, 50, 95, 100])
def test_nothing_has_no_percentile(q: float) -> None:
    assert of([], q) is None


@pytest.mark.parametrize("q", [0, 50, 95, 100])
def test_every_percentile_of_one_value_is_that_value(q: float) -> None:
    assert of([0.25], q) == 0.25


@pytest.mark.parametrize(("q", "expected"), [(0, 1.0), (50, 1.0), (50.1, 3.0), (95, 3.0), (100, 3.0)])
def test_of_two_values_the_lower_half_is_the_lower(q: float, expected: float) -> None:
    assert of([3.0, 1.0], q) == expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [(0, 0.1), (10, 0.1), (10.1, 0.2), (50, 0.5), (75, 0.8), (90, 0.9), (95, 1.0), (99, 1.0), (100, 1.0)],
)
def test_percentiles_of_ten_values(q: float, expected: float) -> None:
    assert of(TEN, q) == expected


@pytest.mark.parametrize("q", [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0])
def test_the_rank_is_exact_for_every_number_of_values(q: float) -> None:
    # 99.9 / 100 * 1000 is a hair over 999: counted naively, p99.9 of a thousand values would be their maximum.
    for count in (*range(1, 300), 999, 1000, 1001, 2000, 10_000, 100_000):
        rank = max(ceil(Fraction(str(q)) / 100 * count), 1)
        assert percentile(np.arange(1, count + 1, dtype=np.float64), q) == rank, count


@given(values=values_strategy, q=q_strategy)
def test_a_percentile_is_always_one_of_the_values(values: list[float], q: float) -> None:
    assert of(values, q) in values


@given(values=values_strategy, one=q_strategy, other=q_strategy)
def test_a_higher_percentile_is_never_lower(values: list[float], one: float, other: float) -> None:
    low, high = of(values, min(one, other)), of(values, max(one, other))
    assert low is not None
    assert high is not None
    assert low <= high


@given(values=values_strategy, q=q_strategy)
def test_at_least_q_per_cent_of_the_values_do_not_pass_it(values: list[float], q: float) -> None:
    found = of(values, q)
    assert found is not None
    assert sum(value <= found for value in values) >= q / 100 * len(values) - 1e-6


def test_the_values_keep_their_order() -> None:
    values = np.array(TEN)
    percentile(values, 50)
    assert values.tolist() == TEN


@pytest.mark.parametrize(
    ("q", "count"), [(50, 2), (75, 4), (90, 10), (95, 20), (99, 100), (99.9, 1000), (100, 1), (0, 1)]
)
def test_how_many_values_a_percentile_needs(q: float, count: int) -> None:
    assert enough_for(q) == count


def test_with_enough_values_a_percentile_is_not_the_maximum() -> None:
    for name, metric in METRICS.items():
        if name.startswith("http.p"):
            values = np.arange(metric.needs, dtype=np.float64)
            below = percentile(values, float(name.removeprefix("http.p")))
            assert below is not None
            assert below < values.max(), name
