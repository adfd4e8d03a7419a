"""unchanged: nobody's state changes in somebody's eyes."""

from harness.checks.unchanged import Unchanged
from harness.finding import Verdict
from tests.builders import gauge, phase, run_of, state

CHECK = Unchanged(by="breaker")
LOOKED = [gauge(10 + t, "app", "app-1", "breaker_state", 0) for t in range(10)]
PLAYED = (phase("fault", 10, 20), phase("recovery", 20, 30))


def test_no_change_passes() -> None:
    finding = CHECK(run_of(PLAYED, LOOKED))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 0.0)
    assert finding.evidence == "no change in 10 readings of 1 subjects"


def test_a_change_fails() -> None:
    finding = CHECK(run_of(PLAYED, LOOKED, state(12, "open", "app-1", by="breaker", before="closed")))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 1.0)
    assert finding.evidence == "app-1 closed to open at 2.0 s"


def test_another_phase_and_another_s_eyes_do_not_count() -> None:
    others = (state(25, "open", "app-1", by="breaker"), state(12, "DOWN"))
    assert CHECK(run_of(PLAYED, LOOKED, others)).verdict is Verdict.PASS


def test_what_nobody_looked_at_is_inconclusive() -> None:
    assert CHECK(run_of(PLAYED)).evidence == "what breaker thinks was not sampled all through fault"
    assert Unchanged(by="breaker", phase="recovery")(run_of(PLAYED, LOOKED)).verdict is Verdict.INCONCLUSIVE
    assert CHECK(run_of(LOOKED)).verdict is Verdict.INCONCLUSIVE


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "nothing changes its state in the eyes of breaker during fault"


def test_what_was_looked_at_only_for_a_while_is_inconclusive() -> None:
    assert CHECK(run_of(PLAYED, LOOKED[:3])).verdict is Verdict.INCONCLUSIVE
