"""The Universal Scalability Law: what is put in comes out."""

import numpy as np
import pytest

from harness.checks.usl import Floats, fit, fitted

COUNTS = np.array([1.0, 2.0, 3.0])
TIMES = 40


def law(n: Floats, rate: float, sigma: float, kappa: float) -> Floats:
    x: Floats = rate * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))
    return x


@pytest.mark.parametrize(("sigma", "kappa"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.05), (0.2, 0.03), (1.0, 0.0)])
def test_a_law_without_noise_is_found_again(sigma: float, kappa: float) -> None:
    assert fit(COUNTS, law(COUNTS, 40, sigma, kappa)) == pytest.approx((40, sigma, kappa), abs=1e-9)


def test_what_grows_more_than_its_number_is_no_negative_contention() -> None:
    usl = fit(COUNTS, np.array([40.0, 90.0, 150.0]))
    assert (usl.sigma, usl.kappa) == (0, 0)


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(TIMES):
        draw = np.random.default_rng(seed)
        samples = tuple(draw.normal(x, 4, 40) for x in law(COUNTS, 40, 0.1, 0.02))
        within = fitted((1, 2, 3), samples).efficiency_within
        held += within.low <= 1 / (1 + 0.1 * 2 + 0.02 * 6) <= within.high
    assert held >= 0.85 * TIMES


def test_the_same_samples_have_the_same_intervals() -> None:
    samples = tuple(np.random.default_rng(7).normal(x, 4, 40) for x in law(COUNTS, 40, 0.1, 0.02))
    found = fitted((1, 2, 3), samples)
    assert found == fitted((1, 2, 3), samples)
    assert found.sigma.low <= found.usl.sigma <= found.sigma.high
    assert found.kappa.low <= found.usl.kappa <= found.kappa.high
