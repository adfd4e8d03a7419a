"""no-slower: a phase's latency beside another's."""

import pytest

from harness.checks.no_slower import NoSlower
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from tests.builders import Things, err, generator, phase, run_of, steady

BEFORE: list[Things] = [phase("baseline", 0, 10), steady(0, 10, latency=0.01), [generator(t) for t in range(20)]]


def test_the_difference_of_the_two_phases_decides() -> None:
    run = run_of(BEFORE, phase("fault", 10, 20), steady(10, 20, latency=0.07))
    finding = NoSlower(margin_ms=50)(run)
    assert finding == Finding(
        check="no-slower",
        verdict=Verdict.FAIL,
        evidence="70.0 ms in fault after 10.0 ms in baseline",
        subject="http.p95",
        phase="fault",
        value=finding.value,
        unit="ms",
        threshold="<= 50 ms over baseline",
    )
    assert finding.value == pytest.approx(60.0)
    assert NoSlower(margin_ms=61)(run).verdict is Verdict.PASS


def test_what_is_faster_is_no_slower() -> None:
    run = run_of(BEFORE, phase("fault", 10, 20), steady(10, 20, latency=0.001))
    assert NoSlower(margin_ms=1)(run).verdict is Verdict.PASS


def test_what_was_not_answered_was_not_fast() -> None:
    failed = [err(10 + k / 20, 0.001) for k in range(200)]
    for run in (
        run_of(BEFORE),
        run_of(BEFORE, phase("fault", 10, 20), failed),
        run_of(phase("fault", 10, 20), steady(10, 20)),
    ):
        finding = NoSlower(margin_ms=50)(run)
        assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_a_generator_that_was_the_limit_proves_nothing() -> None:
    late = [generator(t, late=20.0) for t in range(10, 20)]
    run = run_of(BEFORE[:2], [generator(t) for t in range(10)], late, phase("fault", 10, 20), steady(10, 20))
    assert NoSlower(margin_ms=50)(run).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("margin", "metric"), [(0, "http.p95"), (10, "http.errors"), (10, "p95")])
def test_what_cannot_be_judged_is_refused(margin: float, metric: str) -> None:
    with pytest.raises(UsageError):
        NoSlower(margin_ms=margin, metric=metric)
