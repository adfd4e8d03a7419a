"""slo: a threshold over a whole phase and over every window of it."""

from itertools import chain

import pytest

from harness.checks.slo import Slo, slo
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run
from tests.builders import err, fault, generator, ok, phase, run_of, steady

P95 = Slo(threshold="http.p95 < 1s", phase="baseline")
ERRORS = Slo(threshold="http.errors < 5%", phase="baseline")
BASELINE = phase("baseline", 0, 20)
KEPT_PACE = [sample for t in range(20) for sample in generator(t)]


def p95(verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
    return Finding(
        check="slo",
        verdict=verdict,
        evidence=evidence,
        subject="http.p95",
        phase="baseline",
        value=value,
        unit="s",
        threshold="http.p95 < 1s",
    )


def errors(verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
    return Finding(
        check="slo",
        verdict=verdict,
        evidence=evidence,
        subject="http.errors",
        phase="baseline",
        value=value,
        unit="%",
        threshold="http.errors < 5%",
    )


def test_a_phase_that_meets_its_threshold_passes() -> None:
    run = run_of(BASELINE, KEPT_PACE, steady(0, 20, latency=0.25))
    evidence = "250 ms over 400 requests; the worst 5 s had 250 ms (from 0.0 s to 5.0 s)"
    assert P95(run) == p95(Verdict.PASS, evidence, 0.25)


def test_a_phase_that_is_slow_as_a_whole_fails() -> None:
    run = run_of(BASELINE, KEPT_PACE, steady(0, 20, latency=1.5))
    evidence = "1.5 s over 400 requests; the worst 5 s had 1.5 s (from 0.0 s to 5.0 s)"
    assert P95(run) == p95(Verdict.FAIL, evidence, 1.5)


def test_a_threshold_is_broken_by_the_very_value_it_must_stay_below() -> None:
    assert P95(run_of(BASELINE, KEPT_PACE, steady(0, 20, latency=1.0))).verdict is Verdict.FAIL


def test_a_short_slow_stretch_fails_though_the_whole_phase_holds() -> None:
    slow = steady(7, 7.6, latency=2.0)
    quick = [*steady(0, 7, latency=0.1), *steady(7.6, 20, latency=0.1)]
    run = run_of(BASELINE, KEPT_PACE, slow, quick)
    evidence = "100 ms over 400 requests; the worst 5 s had 2 s (from 3.0 s to 8.0 s)"
    assert P95(run) == p95(Verdict.FAIL, evidence, 0.1)


def test_a_short_burst_of_errors_fails_though_the_whole_phase_holds() -> None:
    burst = [err(request_t / 20) for request_t in range(200, 210)]
    good = [*steady(0, 10), *steady(10.5, 20)]
    run = run_of(BASELINE, burst, good)
    evidence = "2.5 % over 400 requests; the worst 5 s had 10 % (from 6.0 s to 11.0 s)"
    assert ERRORS(run) == errors(Verdict.FAIL, evidence, 2.5)


def test_the_last_window_counts_too() -> None:
    run = run_of(BASELINE, steady(0, 19.5), [err(19.5 + k / 20) for k in range(10)])
    finding = ERRORS(run)
    assert finding.verdict is Verdict.FAIL
    assert finding.evidence.endswith("the worst 5 s had 10 % (from 15.0 s to 20.0 s)")


def test_a_phase_shorter_than_a_window_is_one_window() -> None:
    run = run_of(phase("baseline", 0, 2), generator(1), steady(0, 2, latency=0.2))
    evidence = "200 ms over 40 requests; the worst 2 s had 200 ms (from 0.0 s to 2.0 s)"
    assert P95(run) == p95(Verdict.PASS, evidence, 0.2)


@pytest.mark.parametrize(("count", "verdict"), [(19, Verdict.INCONCLUSIVE), (20, Verdict.PASS)])
def test_too_few_requests_are_inconclusive(count: int, verdict: Verdict) -> None:
    run = run_of(BASELINE, KEPT_PACE, [ok(k / 2) for k in range(count)])
    assert P95(run).verdict is verdict
    assert ERRORS(run).verdict is verdict


def test_too_few_requests_are_told_with_how_many_it_takes() -> None:
    run = run_of(BASELINE, KEPT_PACE, [ok(k / 2) for k in range(19)], [err(10 + k / 10) for k in range(30)])
    evidence = "19 answered requests in baseline; http.p95 needs 20"
    assert P95(run) == p95(Verdict.INCONCLUSIVE, evidence)
    few = run_of(BASELINE, [err(1)])
    assert ERRORS(few) == errors(Verdict.INCONCLUSIVE, "1 requests in baseline; http.errors needs 20")


def test_a_phase_that_did_not_take_place_is_inconclusive() -> None:
    run = run_of(phase("warm-up", 0, 20), KEPT_PACE, steady(0, 20))
    assert P95(run) == p95(Verdict.INCONCLUSIVE, "the phase baseline did not take place")


def test_a_spoilt_generator_makes_latency_inconclusive_but_not_errors() -> None:
    late = [sample for t in range(20) for sample in generator(t, late=2.0)]
    run = run_of(BASELINE, late, steady(0, 20))
    evidence = "the load generator was the limit: 10.0 % of arrivals in baseline started over 100 ms late"
    assert P95(run) == p95(Verdict.INCONCLUSIVE, evidence)
    assert ERRORS(run).verdict is Verdict.PASS


def test_a_generator_spoilt_in_another_phase_does_not_matter() -> None:
    late = list(chain.from_iterable(generator(t, late=20.0) for t in range(21, 30)))
    run = run_of(BASELINE, phase("recovery", 20, 30), KEPT_PACE, late, steady(0, 30))
    assert P95(run).verdict is Verdict.PASS
    assert Slo(threshold="http.p95 < 1s", phase="recovery")(run).verdict is Verdict.INCONCLUSIVE


def test_a_generator_that_said_nothing_of_itself_makes_latency_inconclusive() -> None:
    run = run_of(BASELINE, steady(0, 20))
    evidence = "the load generator was the limit: the load generator recorded nothing about itself"
    assert P95(run) == p95(Verdict.INCONCLUSIVE, evidence)


@pytest.mark.parametrize("latency", [0.0001, 30.0], ids=["quick", "slow"])
def test_errors_neither_improve_nor_worsen_a_percentile(latency: float) -> None:
    failures = [err(k / 40, latency) for k in range(800)]
    run = run_of(BASELINE, KEPT_PACE, steady(0, 20, latency=0.5), failures)
    evidence = "500 ms over 400 requests; the worst 5 s had 500 ms (from 0.0 s to 5.0 s)"
    assert P95(run) == p95(Verdict.PASS, evidence, 0.5)


def test_what_was_in_flight_when_the_fault_took_effect_counts_in_its_first_window() -> None:
    met = [err(9.9 + k / 1000, latency=1.0) for k in range(5)]
    run = run_of(
        phase("baseline", 0, 10),
        phase("fault", 10, 20),
        fault(asked=9.9, felt=10, heal=20, gone=20),
        steady(0, 20),
        met,
    )
    finding = Slo(threshold="http.errors < 4%", phase="fault")(run)
    assert finding.evidence == "2.44 % over 205 requests; the worst 5 s had 4.76 % (from 10.0 s to 15.0 s)"
    assert finding.verdict is Verdict.FAIL
    assert ERRORS(run).value == 0


def test_a_rate_is_judged_over_the_whole_phase_only() -> None:
    run = run_of(BASELINE, generator(5), steady(0, 10, rate=40))
    finding = Slo(threshold="http.rate >= 20/s", phase="baseline")(run)
    assert (finding.verdict, finding.value, finding.evidence) == (Verdict.PASS, 20, "20/s over 400 requests")


def test_the_worst_window_of_an_exact_expectation_is_the_furthest_from_it() -> None:
    finding = Slo(threshold="http.errors == 0%", phase="baseline")(run_of(BASELINE, steady(0, 20), err(12)))
    assert finding.verdict is Verdict.FAIL
    assert "the worst 5 s had 0.99 % (from 8.0 s to 13.0 s)" in finding.evidence


def test_one_expectation_over_several_phases_is_one_check_for_each() -> None:
    assert slo("http.p95 < 1s", during=("baseline", "recovery")) == (
        Slo(threshold="http.p95 < 1s", phase="baseline"),
        Slo(threshold="http.p95 < 1s", phase="recovery"),
    )
    assert slo("http.errors < 5%", during="fault") == (Slo(threshold="http.errors < 5%", phase="fault"),)
    assert P95.describe() == "http.p95 < 1s during baseline"


def test_a_threshold_that_cannot_be_read_is_refused_when_the_check_is_made() -> None:
    with pytest.raises(UsageError, match="names no known metric"):
        Slo(threshold="http.speed < 1s", phase="baseline")


def test_a_run_without_anything_is_inconclusive() -> None:
    empty: Run = run_of()
    assert P95(empty).verdict is Verdict.INCONCLUSIVE
    assert ERRORS(empty).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("threshold", ["http.longest < 5s", "http.served >= 20/s", "http.rate >= 20/s"])
def test_what_a_late_generator_makes_of_it_is_no_figure_of_the_target(threshold: str) -> None:
    run = run_of(BASELINE, generator(5, cpu_percent=100), steady(0, 10, rate=40))
    finding = Slo(threshold=threshold, phase="baseline")(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the load generator was the limit")
