"""answered: what one kind of request was answered in a phase."""

from harness.checks.answered import Answered
from harness.finding import Finding, Verdict
from harness.run import Request
from tests.builders import fault, ok, phase, run_of

CHECK = Answered(request="POST /uploads", statuses=(507,), phase="fault", after=1)
FULL = (
    phase("baseline", 0, 10),
    phase("fault", 10, 20),
    fault("fill", "app-2", asked=9.9, felt=10, heal=19, gone=20),
)


def upload(t: float, status: int = 507, latency: float = 0.5) -> Request:
    error = None if status == 201 else f"HTTP {status}"
    return ok(t, latency, name="POST /uploads")._replace(status=status, error=error)


def found(verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
    return Finding(
        check="answered",
        verdict=verdict,
        evidence=evidence,
        subject="POST /uploads",
        phase="fault",
        value=value,
        unit="other answers",
        threshold="== 507",
    )


def test_answers_that_are_all_as_wanted_pass() -> None:
    run = run_of(FULL, [upload(11 + k) for k in range(7)], ok(12))
    assert CHECK(run) == found(Verdict.PASS, "all 7 POST /uploads were answered 507", 0.0)


def test_others_fail_and_are_counted_by_what_they_were() -> None:
    run = run_of(FULL, [upload(11 + k) for k in range(4)], upload(12, 500), upload(13, 500), upload(14, 0))
    assert CHECK(run) == found(Verdict.FAIL, "3 of 7 POST /uploads were not answered 507: 500 × 2, no answer × 1", 3.0)


def test_one_wrong_answer_is_enough_however_few_there_are() -> None:
    assert CHECK(run_of(FULL, upload(12, 201))).verdict is Verdict.FAIL


def test_what_came_too_early_or_was_answered_after_the_heal_began_does_not_count() -> None:
    others = (upload(10.5, 201), upload(18.8, 201), upload(9.8, 201), upload(21, 201))
    run = run_of(FULL, [upload(11 + k) for k in range(5)], others)
    assert CHECK(run) == found(Verdict.PASS, "all 5 POST /uploads were answered 507", 0.0)


def test_what_had_no_answer_within_the_patience_was_not_answered() -> None:
    hanging = [upload(12 + k / 4, 0, latency=10) for k in range(3)]
    run = run_of(FULL, [upload(11 + k) for k in range(5)], hanging, upload(18, 0, latency=10))
    assert CHECK(run) == found(Verdict.FAIL, "3 of 8 POST /uploads were not answered 507: no answer × 3", 3.0)


def test_a_phase_without_a_fault_lasts_to_its_end() -> None:
    check = Answered(request="POST /uploads", statuses=(201, 202), phase="recovery")
    run = run_of(FULL, phase("recovery", 20, 30), [upload(20 + k, 201) for k in range(9)], upload(29.8, 500))
    assert check(run).evidence == "all 9 POST /uploads were answered 201 or 202"


def test_too_few_prove_nothing() -> None:
    evidence = "2 of the 5 POST /uploads that it takes were sent in fault"
    assert CHECK(run_of(FULL, upload(12), upload(13))) == found(Verdict.INCONCLUSIVE, evidence)
    assert CHECK(run_of(phase("baseline", 0, 10))).verdict is Verdict.INCONCLUSIVE


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "POST /uploads is answered 507 during fault from its second 1 on"
    always = Answered(request="GET /feed", statuses=(200,), phase="fault")
    assert always.describe() == "GET /feed is answered 200 during fault"
