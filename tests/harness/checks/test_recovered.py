"""recovered: from the heal to where the SLO holds, and keeps holding."""

import pytest

from harness.checks.recovered import Recovered
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from tests.builders import err, fault, generator, phase, run_of, steady

CHECK = Recovered(within=5)
HEALED = (
    phase("fault", 0, 10),
    fault(asked=-0.1, felt=0, heal=9.5, gone=10),
    phase("recovery", 10, 20),
    generator(12),
)


def found(verdict: Verdict, evidence: str, value: float | None = None, unit: str = "s") -> Finding:
    return Finding(
        check="recovered",
        verdict=verdict,
        evidence=evidence,
        phase="recovery",
        value=value,
        unit=unit,
        threshold="< 5 s",
    )


def test_a_stack_that_is_well_at_once_took_no_time() -> None:
    run = run_of(HEALED, steady(10, 20))
    assert CHECK(run) == found(Verdict.PASS, "the SLO holds from 0.00 s after the fault was gone", 0.0)


def test_a_stack_that_fails_for_three_seconds_took_three() -> None:
    run = run_of(HEALED, [err(10 + k / 20) for k in range(60)], steady(13, 20))
    evidence = "the SLO holds from 3.00 s after the fault was gone; before: http.errors was 12.5 %"
    assert CHECK(run) == found(Verdict.PASS, evidence, 3.0)


def test_a_stack_that_is_slow_for_three_seconds_took_three() -> None:
    run = run_of(HEALED, steady(10, 13, latency=1.5), steady(13, 20))
    evidence = "the SLO holds from 3.00 s after the fault was gone; before: http.p95 was 1.5 s"
    assert CHECK(run) == found(Verdict.PASS, evidence, 3.0)


def test_a_stack_that_takes_too_long_fails() -> None:
    run = run_of(HEALED, [err(10 + k / 20) for k in range(110)], steady(15.5, 20))
    evidence = "the SLO holds from 5.50 s after the fault was gone; before: http.errors was 12.5 %"
    assert CHECK(run) == found(Verdict.FAIL, evidence, 5.5)


def test_a_stack_that_never_gets_well_fails_without_a_figure() -> None:
    run = run_of(HEALED, [err(10 + k / 20) for k in range(200)])
    evidence = "the SLO was still broken at the end of recovery: http.errors was 100 %"
    assert CHECK(run) == found(Verdict.FAIL, evidence)


def test_a_relapse_counts_from_its_own_end() -> None:
    run = run_of(HEALED, steady(10, 15), [err(15 + k / 20) for k in range(10)], steady(15.5, 20))
    finding = CHECK(run)
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 5.5)


def test_a_relapse_at_the_very_end_is_no_recovery() -> None:
    run = run_of(HEALED, steady(10, 19.5), [err(19.5 + k / 20) for k in range(10)])
    assert CHECK(run) == found(Verdict.FAIL, "the SLO was still broken at the end of recovery: http.errors was 25 %")


def test_without_a_fault_that_is_gone_there_was_nothing_to_recover_from() -> None:
    evidence = "no fault was healed and gone, so there was nothing to recover from"
    without_fault = run_of(phase("recovery", 10, 20), steady(10, 20))
    not_gone = run_of(phase("recovery", 10, 20), fault(asked=0, felt=1, heal=9), steady(10, 20))
    without_phase = run_of(phase("fault", 0, 10), fault(asked=0, felt=1, heal=9, gone=10), steady(0, 20))
    for run in (without_fault, not_gone, without_phase):
        assert CHECK(run) == found(Verdict.INCONCLUSIVE, evidence, unit="")


def test_too_few_requests_to_judge_are_inconclusive() -> None:
    run = run_of(HEALED, steady(10, 20, rate=9))
    evidence = "no 2 s of recovery had the 20 requests that it takes to judge"
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, evidence, unit="")


def test_after_two_faults_the_last_heal_counts() -> None:
    run = run_of(
        phase("fault", 0, 5),
        fault(number=1, asked=0, felt=0, heal=4, gone=5),
        phase("fault", 5, 10),
        fault(number=2, asked=5, felt=5, heal=9, gone=10),
        phase("recovery", 10, 20),
        [err(10 + k / 20) for k in range(20)],
        steady(11, 20),
        generator(12),
    )
    assert CHECK(run).value == 1.0


TWICE = (
    phase("fault", 0, 5),
    fault(number=1, asked=0, felt=0, heal=4, gone=5),
    phase("recovery", 5, 15),
    phase("fault", 15, 20),
    fault(number=2, asked=15, felt=15, heal=19, gone=20),
    phase("recovery", 20, 30),
    generator(7),
    generator(22),
)


@pytest.mark.parametrize("broken", [5, 20], ids=["the first", "the second"])
def test_of_two_recoveries_the_worse_counts(broken: int) -> None:
    failing = [err(broken + k / 20) for k in range(120)]
    well = (steady(11, 15), steady(20, 30)) if broken == 5 else (steady(5, 15), steady(26, 30))
    finding = CHECK(run_of(TWICE, failing, *well))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 6.0)


def test_a_recovery_that_never_came_is_not_made_good_by_the_next() -> None:
    finding = CHECK(run_of(TWICE, [err(5 + k / 20) for k in range(200)], steady(20, 30)))
    assert finding == found(Verdict.FAIL, "the SLO was still broken at the end of recovery: http.errors was 100 %")


def test_what_a_drill_does_before_the_recovery_belongs_to_it() -> None:
    returning = (phase("fault", 0, 10), fault(asked=0, felt=0, heal=9, gone=10), phase("return", 10, 20), generator(22))
    failing = [err(10 + k / 20) for k in range(120)]
    finding = CHECK(run_of(returning, phase("recovery", 20, 30), failing, steady(16, 30)))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 6.0)


def test_its_slo_is_its_own() -> None:
    run = run_of(HEALED, steady(10, 20, latency=0.3))
    assert Recovered(within=5, slo=("http.p95 < 200ms",))(run).verdict is Verdict.FAIL
    with pytest.raises(UsageError, match="cannot be read"):
        Recovered(within=5, slo=("quick",))
    assert CHECK.describe() == "recovered within 5 s"


def test_a_recovery_in_which_nothing_was_answered_is_none_even_for_latency_alone() -> None:
    run = run_of(HEALED, [err(10 + k / 20) for k in range(200)])
    assert Recovered(within=5, slo=("http.p95 < 1s",))(run) == found(
        Verdict.FAIL,
        "the SLO was still broken at the end of recovery: nothing was answered that http.p95 could be taken from",
    )


def test_a_generator_that_was_the_limit_leaves_it_open() -> None:
    healed = (*HEALED[:-1], generator(12, late=5))
    answer = CHECK(run_of(healed, steady(10, 20, latency=2)))
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "the load generator was the limit" in answer.evidence
