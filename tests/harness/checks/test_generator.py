"""generator: the load generator judges itself."""

import msgspec
import pytest

from harness.checks.answered import Answered
from harness.checks.error_budget import ErrorBudget
from harness.checks.generator import GeneratorKeptPace, trouble
from harness.checks.recovered import Recovered
from harness.checks.slo import Slo
from harness.finding import Finding, Verdict
from harness.run import GeneratorLimits, Pace, PlannedLoad, PlannedPhase, RunPlan
from tests.builders import err, fault, generator, phase, plan_of, run_of, steady

CHECK = GeneratorKeptPace()
TWO = (phase("baseline", 0, 10), phase("recovery", 10, 20))
HEALTHY = [sample for t in range(20) for sample in generator(t)]
LIMITS = "p99 lag < 100 ms, CPU < 95 %"


def found(verdict: Verdict, evidence: str, worst: float | None) -> Finding:
    return Finding(check="generator", verdict=verdict, evidence=evidence, value=worst, unit="ms", threshold=LIMITS)


def test_a_generator_that_kept_to_its_schedule_passes() -> None:
    run = run_of(TWO, HEALTHY, generator(15.5, lag_max_ms=12.0))
    evidence = "420 arrivals, the latest started 12 ms after it was due"
    assert CHECK(run) == found(Verdict.PASS, evidence, 12.0)


def test_a_generator_that_said_nothing_is_inconclusive() -> None:
    assert CHECK(run_of(TWO)) == found(Verdict.INCONCLUSIVE, "the load generator recorded nothing about itself", None)


def test_one_late_arrival_in_a_hundred_is_allowed() -> None:
    # 200 arrivals a phase.
    assert CHECK(run_of(TWO, HEALTHY[5:], generator(0, late=2))).verdict is Verdict.PASS
    spoilt = run_of(TWO, HEALTHY[5:], generator(0, late=3, lag_max_ms=180))
    evidence = "1.5 % of arrivals in baseline started over 100 ms late"
    assert CHECK(spoilt) == found(Verdict.INCONCLUSIVE, evidence, 180.0)


def test_an_arrival_that_was_not_started_is_one_too_many() -> None:
    run = run_of(TWO, HEALTHY, generator(12.5, not_started=1))
    evidence = "1 arrivals in recovery were not started: too many clients were waiting"
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, evidence, 0.5)


def test_a_generator_whose_cpu_was_the_limit_is_inconclusive() -> None:
    busy = [sample for t in range(10, 20) for sample in generator(t, cpu_percent=97)]
    run = run_of(TWO, HEALTHY[:50], busy)
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, "browse-0 used 97 % of a core in recovery", 0.5)


def test_the_arrivals_of_all_workers_count_together() -> None:
    run = run_of(TWO, HEALTHY, [s for t in range(20) for s in generator(t, "browse-1", late=0.3)])
    assert CHECK(run).verdict is Verdict.PASS
    assert CHECK(run).evidence.startswith("800 arrivals")


def test_arrivals_are_missed_by_the_rate_that_their_phase_has() -> None:
    def plan_with(pace: Pace | None) -> RunPlan:
        plan = plan_of(timeline=[PlannedPhase(name="baseline", seconds=10, pace=pace)])
        drill = msgspec.structs.replace(plan.drill, loads=(PlannedLoad(scenario="browse", rate=20.0),))
        return msgspec.structs.replace(plan, drill=drill)

    # A quarter second's worth of them each second: five.
    things = (TWO[0], [sample for t in range(10) for sample in generator(t, arrivals=5)])
    (baseline,) = run_of(*things).spans
    assert trouble(run_of(*things, plan=plan_with(Pace(10, 0.25, 0.25))), [baseline]) is None
    assert trouble(run_of(*things, plan=plan_with(Pace(10, 0, 0.5))), [baseline]) is None
    text = "50 arrivals in baseline, where 200 were planned"
    assert trouble(run_of(*things, plan=plan_with(None)), [baseline]) == text


def test_only_the_phases_asked_for_are_judged() -> None:
    run = run_of(TWO, HEALTHY, generator(12.5, not_started=1))
    baseline, recovery = run.spans
    assert trouble(run, [baseline]) is None
    assert trouble(run, [recovery]) == "1 arrivals in recovery were not started: too many clients were waiting"


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        (GeneratorLimits(not_started_percent=1.0), Verdict.PASS),
        (GeneratorLimits(cpu_percent=19.0), Verdict.INCONCLUSIVE),
        (GeneratorLimits(), Verdict.INCONCLUSIVE),
    ],
)
def test_the_limits_are_those_of_the_run(limits: GeneratorLimits, verdict: Verdict) -> None:
    run = run_of(TWO, HEALTHY, generator(12.5, not_started=1), plan=plan_of(limits=limits))
    assert CHECK(run).verdict is verdict


def test_tasks_that_raise_leave_out_what_they_would_have_asked() -> None:
    run = run_of(TWO, HEALTHY, generator(5, broke_off=3))
    baseline, recovery = run.spans
    assert trouble(run, [baseline]) == "3 tasks of clients broke off in baseline: why is in logs/load-….log"
    # One in a hundred may.
    few = run_of(TWO, HEALTHY, generator(5, broke_off=1, arrivals=100))
    assert trouble(few, [few.spans[0]]) is None
    assert trouble(run, [recovery]) is None


def test_uneven_arrivals_come_in_no_exact_number() -> None:
    def plan_with(arrivals: str) -> RunPlan:
        plan = plan_of(timeline=[PlannedPhase(name="baseline", seconds=10)])
        load = PlannedLoad(scenario="browse", rate=20.0, arrivals=arrivals)
        return msgspec.structs.replace(plan, drill=msgspec.structs.replace(plan.drill, loads=(load,)))

    things = (TWO[0], [sample for t in range(10) for sample in generator(t, arrivals=16)])
    (baseline,) = run_of(*things).spans
    text = "160 arrivals in baseline, where 200 were planned"
    assert trouble(run_of(*things, plan=plan_with("constant")), [baseline]) == text
    assert trouble(run_of(*things, plan=plan_with("poisson")), [baseline]) is None


@pytest.mark.parametrize("words", ["[Errno 99] Cannot assign requested address", "[Errno 24] Too many open files"])
def test_what_could_not_be_sent_is_not_the_target_s_failure(words: str) -> None:
    healed = fault(asked=9, felt=9.1, heal=9.5, gone=10)
    run = run_of(TWO, healed, HEALTHY, steady(0, 10), err(12, error=f"OSError: {words}", status=0))
    evidence = f"1 requests in recovery could not be sent: OSError: {words}"
    assert CHECK(run).evidence == evidence
    assert CHECK(run).verdict is Verdict.INCONCLUSIVE
    for judged in (
        Slo(threshold="http.errors < 1%", phase="recovery"),
        Recovered(within=5, slo=("http.errors < 1%",)),
        Answered(request="GET /feed", statuses=(200,), phase="recovery"),
        ErrorBudget(objective=99, most_rate=2),
    ):
        finding = judged(run)
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert finding.evidence == f"the load generator was the limit: {evidence}"
