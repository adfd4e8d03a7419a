"""kept-serving: the fault's target gives good answers all through it."""

from harness.checks.kept_serving import KeptServing
from harness.finding import Finding, Verdict
from harness.run import Request
from tests.builders import err, fault, generator, ok, phase, run_of

CHECK = KeptServing(longest_silence=2)
CUT = (
    phase("baseline", 0, 10),
    phase("fault", 10, 20),
    fault("partition", "app-2", asked=9.9, felt=10, heal=19.5, gone=20),
    generator(12),
)


def answers(begin: float, end: float, instance: str = "app-2") -> list[Request]:
    """Good ones, each quarter of a second, the first in the middle of one."""
    return [ok(begin + 0.115 + k / 4, instance=instance) for k in range(round((end - begin) * 4))]


def found(verdict: Verdict, evidence: str, subject: str = "app-2", value: float | None = None) -> Finding:
    unit = "" if verdict is Verdict.INCONCLUSIVE else "s"
    return Finding(
        check="kept-serving",
        verdict=verdict,
        evidence=evidence,
        subject=subject,
        phase="fault",
        value=value,
        unit=unit,
        threshold="<= 2 s",
    )


def test_a_target_that_goes_on_passes() -> None:
    run = run_of(CUT, answers(0, 20))
    evidence = "app-2 gave 40 good answers; its longest silence was 0.25 s (from 10.1 s)"
    assert CHECK(run) == found(Verdict.PASS, evidence, value=0.25)


def test_a_silence_in_the_middle_fails() -> None:
    run = run_of(CUT, answers(0, 12), answers(15, 20))
    evidence = "app-2 gave 28 good answers; its longest silence was 3.25 s (from 11.9 s)"
    assert CHECK(run) == found(Verdict.FAIL, evidence, value=3.25)


def test_a_silence_up_to_the_end_counts_and_one_from_the_beginning_too() -> None:
    assert CHECK(run_of(CUT, answers(0, 17))).value == 3.125
    assert CHECK(run_of(CUT, answers(0, 10), answers(13, 20))).value == 3.125


def test_what_others_answer_and_what_is_no_good_answer_does_not_count() -> None:
    run = run_of(CUT, answers(0, 10), answers(10, 20, "app-1"), [err(11 + k / 4) for k in range(30)])
    evidence = "app-2 gave 0 good answers; its longest silence was 10.00 s (from 10.0 s)"
    assert CHECK(run) == found(Verdict.FAIL, evidence, value=10.0)


def test_a_target_that_never_answers_anybody_is_not_one_that_could_be_heard() -> None:
    evidence = "no good answer of app-2 was recorded, before the fault or after"
    assert CHECK(run_of(CUT, answers(0, 20, "app-1"))) == found(Verdict.INCONCLUSIVE, evidence)


def test_without_a_fault_that_was_felt_there_was_nothing_to_bear() -> None:
    evidence = "no fault was felt in fault, so nothing had to be borne"
    run = run_of(phase("baseline", 0, 10), fault(asked=9.9), answers(0, 10))
    assert CHECK(run) == found(Verdict.INCONCLUSIVE, evidence, subject="")


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "the target itself serves on during fault, never silent for 2 s"


def test_a_silence_while_the_load_generator_was_the_limit_is_nobodys() -> None:
    run = run_of(CUT, generator(13, late=20), answers(0, 12))
    finding = CHECK(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the load generator was the limit")
