"""returned: who was taken out is back by itself, before anybody heals it."""

from harness.checks.returned import Returned
from harness.finding import Finding, Verdict
from tests.builders import fault, note, phase, run_of, state

CHECK = Returned(by="lb", within=5)
KILLED = (
    phase("baseline", 0, 10),
    phase("fault", 10, 20),
    fault("out-of-memory", "app-2", asked=9.9, felt=10, heal=20, gone=20.5),
)


def found(verdict: Verdict, evidence: str, subject: str = "app-2", value: float | None = None) -> Finding:
    unit = "" if verdict is Verdict.INCONCLUSIVE else "s"
    return Finding(
        check="returned",
        verdict=verdict,
        evidence=evidence,
        subject=subject,
        value=value,
        unit=unit,
        threshold="< 5 s",
    )


def test_who_is_back_in_time_passes() -> None:
    run = run_of(KILLED, state(10.5, "DOWN"), state(13, "UP", before="DOWN"))
    assert CHECK(run) == found(Verdict.PASS, "lb put app-2 back 3.00 s after out-of-memory began", value=3.0)


def test_who_is_back_late_fails() -> None:
    run = run_of(KILLED, state(10.5, "DOWN"), state(15, "UP", before="DOWN"))
    assert CHECK(run) == found(Verdict.FAIL, "lb put app-2 back 5.00 s after out-of-memory began", value=5.0)


def test_who_comes_back_with_the_heal_only_fails() -> None:
    run = run_of(KILLED, state(10.5, "DOWN"), state(20.2, "UP", before="DOWN"))
    assert CHECK(run) == found(Verdict.FAIL, "lb had not put app-2 back after 10.0 s, when it was healed")


def test_who_comes_back_and_goes_again_is_judged_by_the_last_time() -> None:
    comes_and_goes = (state(10.5, "DOWN"), state(11, "UP", before="DOWN"), state(12, "MAINT"))
    assert CHECK(run_of(KILLED, comes_and_goes)).verdict is Verdict.FAIL
    assert CHECK(run_of(KILLED, comes_and_goes, state(14, "UP", before="MAINT"))).value == 4.0


def test_who_was_never_taken_out_cannot_come_back() -> None:
    others = (state(5, "DOWN"), state(11, "DOWN", "app-1"), state(11, "DOWN", by="alerts"))
    evidence = "lb never took app-2 out, so it could not put it back"
    assert CHECK(run_of(KILLED, others)) == found(Verdict.INCONCLUSIVE, evidence)


def test_without_a_fault_that_was_felt_there_was_nothing_to_get_over() -> None:
    run = run_of(phase("baseline", 0, 10), fault(asked=9.9))
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, "no fault was felt, so none could be got over", subject="")


def test_a_fault_that_was_never_healed_is_judged_up_to_the_end_of_the_recording() -> None:
    run = run_of(fault(asked=9.9, felt=10), phase("fault", 10, 20), state(11, "DOWN"), note(25, "the end"))
    assert CHECK(run).evidence == "lb had not put app-2 back after 15.0 s, when it was healed"


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "put back by lb within 5 s, before the heal"
