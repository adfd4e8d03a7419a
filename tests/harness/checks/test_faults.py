"""faults: what was not felt proves nothing; what is not gone is a loud failure."""

from harness.checks.faults import FaultsFeltAndGone
from harness.finding import Finding, Verdict
from harness.run import FaultStep, PlannedPhase, Step
from tests.builders import at, fault, phase, plan_of, run_of

CHECK = FaultsFeltAndGone()
FAULT = phase("fault", 10, 20)


def found(verdict: Verdict, evidence: str, subject: str = "") -> Finding:
    return Finding(check="faults", verdict=verdict, evidence=evidence, subject=subject)


def step(t: float, which: Step, evidence: str) -> FaultStep:
    return FaultStep(t=at(t), number=1, fault="kill", target="app-2", step=which, evidence=evidence)


def test_a_fault_felt_and_gone_passes_with_how_long_it_lasted() -> None:
    run = run_of(FAULT, fault(asked=9.9, felt=10, heal=20, gone=20.5))
    assert CHECK(run) == found(Verdict.PASS, "felt and gone: kill for 10.50 s")


def test_a_fault_that_was_not_felt_is_inconclusive() -> None:
    run = run_of(FAULT, fault(asked=9.9, heal=11, gone=12), step(10.5, Step.NOT_FELT, "the port still answers"))
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, "kill was not felt: the port still answers", "app-2")


def test_a_fault_that_is_not_gone_fails_even_when_it_was_not_felt() -> None:
    not_gone = step(20.5, Step.NOT_GONE, "the port is closed")
    assert CHECK(run_of(FAULT, fault(asked=9.9, felt=10, heal=20), not_gone)) == found(
        Verdict.FAIL, "kill could not be undone: the port is closed", "app-2"
    )
    unfelt = run_of(FAULT, fault(asked=9.9, heal=20), step(10.5, Step.NOT_FELT, "no effect"), not_gone)
    assert CHECK(unfelt).verdict is Verdict.FAIL


def test_a_fault_that_is_not_gone_fails_whatever_was_planned() -> None:
    run = run_of(fault(asked=9), step(10, Step.NOT_GONE, "the port is closed"), plan=plan_of())
    assert CHECK(run).verdict is Verdict.FAIL


def test_a_fault_that_was_planned_but_never_injected_is_inconclusive() -> None:
    plan = plan_of(timeline=[PlannedPhase(name="fault", seconds=10, fault=name) for name in ("kill", "drop")])
    run = run_of(FAULT, fault(asked=9.9, felt=10, heal=20, gone=20.5), plan=plan)
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, "1 of 2 planned faults were injected")


def test_a_recording_that_ends_within_a_fault_is_inconclusive() -> None:
    asked = run_of(FAULT, fault(asked=9.9))
    assert CHECK(asked) == found(Verdict.INCONCLUSIVE, "the recording ends before kill was seen to be felt", "app-2")
    felt = run_of(FAULT, fault(asked=9.9, felt=10, heal=20))
    assert CHECK(felt) == found(Verdict.INCONCLUSIVE, "the recording ends before kill was seen to be gone", "app-2")


def test_a_drill_without_faults_has_none_to_feel() -> None:
    run = run_of(phase("baseline", 0, 10))
    assert CHECK(run) == found(Verdict.PASS, "no fault was planned, and none was injected")
