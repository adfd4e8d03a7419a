"""back-at-baseline: what is held in the end, beside what was held before."""

import pytest

from harness.checks.back_at_baseline import BackAtBaseline
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, Sample
from tests.builders import fault, gauge, phase, run_of


def held(metric: str, *values: float, role: str = "db") -> list[Sample]:
    """One sample a second, from second 0."""
    return [gauge(t, role, role, metric, value) for t, value in enumerate(values)]


def run(*samples: list[Sample]) -> Run:
    """Four seconds each of baseline, fault and recovery; the fault was asked for a second before it was felt."""
    phases = [phase("baseline", 0, 4), phase("fault", 4, 8), phase("recovery", 8, 12)]
    return run_of(phases, fault("lock-table", "db", asked=3, felt=4, heal=7, gone=8), list(samples))


BACK = held("connections", 5, 6, 6, 30, 40, 40, 40, 40, 40, 7, 6, 6)
KEPT = held("connections", 5, 6, 6, 30, 40, 40, 40, 40, 40, 12, 12, 12)


def test_the_last_samples_decide_and_what_a_fault_takes_before_it_is_felt_is_not_usual() -> None:
    check = BackAtBaseline(role="db", metrics=("connections",), margin=2)
    assert check(run(BACK)) == Finding(
        check="back-at-baseline",
        verdict=Verdict.PASS,
        evidence="the furthest from its baseline: connections of db was 6 and is 6",
        subject="db",
        phase="recovery",
        value=0.0,
        threshold="<= 2",
    )
    finding = check(run(KEPT))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 6.0)


def test_fewer_than_before_is_as_far_off() -> None:
    fewer = held("connections", 15, 15, 15, 15, 0, 0, 0, 0, 15, 9, 9, 9)
    assert BackAtBaseline(role="db", metrics=("connections",), margin=5)(run(fewer)).verdict is Verdict.FAIL


def test_the_worst_of_several_metrics_is_told() -> None:
    waiting = held("waiting_for_lock", *[0] * 9, 4, 4, 4)
    finding = BackAtBaseline(role="db", metrics=("connections", "waiting_for_lock"), margin=3)(run(BACK, waiting))
    assert finding.verdict is Verdict.FAIL
    assert finding.evidence == "the furthest from its baseline: waiting_for_lock of db was 0 and is 4"


def test_what_was_not_sampled_is_not_back() -> None:
    check = BackAtBaseline(role="db", metrics=("connections", "active"), margin=3)
    for few in (run(BACK), run(), run(BACK, held("active", 1, 1, 1, 1)), run_of(BACK)):
        finding = check(few)
        assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(UsageError, match="kept by nothing"):
        BackAtBaseline(role="db", metrics=("connections",), margin=-1)
    with pytest.raises(UsageError, match="no metric"):
        BackAtBaseline(role="db", metrics=(), margin=1)
