"""detected: who must notice a fault noticed it, in time."""

from harness.checks.detected import Detected
from harness.finding import Finding, Verdict
from tests.builders import at, fault, gauge, note, phase, run_of, state

CHECK = Detected(by="lb", within=2)
KILLED = (
    phase("baseline", 0, 10),
    phase("fault", 10, 20),
    fault("kill", "app-2", asked=9.9, felt=10, heal=20, gone=20.5),
)
SAMPLED = [gauge(t / 2, "lb", "app-2", "up", 1) for t in range(50)]


def found(
    verdict: Verdict, evidence: str, subject: str = "app-2", value: float | None = None, unit: str = "s"
) -> Finding:
    return Finding(
        check="detected",
        verdict=verdict,
        evidence=evidence,
        subject=subject,
        value=value,
        unit=unit,
        threshold="< 2 s",
    )


def test_a_fault_noticed_in_time_passes() -> None:
    run = run_of(KILLED, SAMPLED, state(10.5, "DOWN"))
    assert CHECK(run) == found(Verdict.PASS, "lb took app-2 out 0.50 s after kill began", value=0.5)


def test_a_fault_noticed_late_fails() -> None:
    run = run_of(KILLED, SAMPLED, state(13, "DOWN"))
    assert CHECK(run) == found(Verdict.FAIL, "lb took app-2 out 3.00 s after kill began", value=3.0)


def test_a_fault_that_nobody_noticed_fails_without_a_figure() -> None:
    run = run_of(KILLED, SAMPLED)
    assert CHECK(run) == found(Verdict.FAIL, "lb never took app-2 out in the 10.5 s of kill")


def test_a_fault_that_never_went_is_told_up_to_the_end_of_the_recording() -> None:
    run = run_of(fault(asked=9.9, felt=10), phase("fault", 10, 20), SAMPLED, note(25, "the end"))
    assert CHECK(run).evidence == "lb never took app-2 out in the 15.0 s of kill"


def test_states_that_were_not_sampled_are_inconclusive() -> None:
    # Not even a state change counts then: nobody looked before the fault.
    run = run_of(KILLED, gauge(1, "app", "app-2", "up", 1))
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, "the states in lb were not sampled", subject="", unit="")


def test_without_a_fault_that_was_felt_there_was_nothing_to_detect() -> None:
    run = run_of(phase("baseline", 0, 10), SAMPLED, fault(asked=9.9))
    evidence = "no fault was felt, so none could be detected"
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, evidence, subject="", unit="")


def test_noticing_between_the_order_and_the_effect_took_no_time() -> None:
    assert CHECK(run_of(KILLED, SAMPLED, state(9.95, "DOWN"))).value == 0.0


def test_other_changes_do_not_count() -> None:
    others = (
        state(5, "DOWN"),  # before the fault
        state(10.1, "DOWN", "app-1"),  # another instance
        state(10.2, "DOWN", by="alerts"),  # somebody else
        state(10.3, "UP", before="DOWN"),  # the wrong way
    )
    assert CHECK(run_of(KILLED, SAMPLED, others)).verdict is Verdict.FAIL
    assert CHECK(run_of(KILLED, SAMPLED, others, state(10.4, "MAINT"))).verdict is Verdict.PASS


def test_exactly_the_limit_is_too_late() -> None:
    assert CHECK(run_of(KILLED, SAMPLED, state(12, "DOWN"))).verdict is Verdict.FAIL


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "detected by lb within 2 s"


def test_what_nobody_looked_for_in_time_may_have_been_in_time() -> None:
    looks = [look for look in SAMPLED if not at(10.3) < look.t < at(12.9)]
    for run in (run_of(KILLED, looks, state(13, "DOWN")), run_of(KILLED, looks)):
        finding = CHECK(run)
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert finding.evidence.endswith("; nobody looked for 2.0 s of that")
    assert CHECK(run_of(KILLED, looks, state(11.9, "DOWN"))).verdict is Verdict.PASS
