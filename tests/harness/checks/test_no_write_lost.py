"""no-write-lost: the ledger against what is stored."""

import pytest

from harness.checks.no_write_lost import NoWriteLost
from harness.finding import Finding, Verdict
from harness.run import Outcome, Write
from tests.builders import phase, run_of, write

CHECK = NoWriteLost()
GOOD = [write("a"), write("b")]


def found(verdict: Verdict, evidence: str, lost: float | None) -> Finding:
    return Finding(
        check="no-write-lost",
        verdict=verdict,
        evidence=evidence,
        subject="writes.lost",
        value=lost,
        threshold="== 0",
    )


def judged(*writes: Write) -> Finding:
    return CHECK(run_of(phase("baseline", 0, 10), [*GOOD, *writes]))


def test_writes_that_are_all_there_once_pass() -> None:
    evidence = "2 writes acknowledged, 0 lost, 0 doubled, 0 refused but stored, 0 without a clear answer"
    assert judged() == found(Verdict.PASS, evidence, 0.0)


def test_an_acknowledged_write_that_is_not_stored_is_lost() -> None:
    evidence = "1 of 3 acknowledged writes lost, sent at 4.20 s; 0 without a clear answer; lost: x (sent at 4.20 s)"
    assert judged(write("x", t=4.2, stored=0, served=False)) == found(Verdict.FAIL, evidence, 1.0)


def test_an_acknowledged_write_that_the_api_does_not_serve_is_lost() -> None:
    finding = judged(write("x", stored=1, served=False))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 1.0)


@pytest.mark.parametrize("outcome", [Outcome.ACKNOWLEDGED, Outcome.INDETERMINATE])
def test_a_write_that_is_there_twice_is_doubled(outcome: Outcome) -> None:
    finding = judged(write("x", outcome, stored=2))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 0.0)
    assert finding.evidence.startswith("1 of 3 writes doubled, sent at 1.00 s; ")
    assert finding.evidence.endswith("; doubled: x (sent at 1.00 s)")


def test_a_refused_write_must_not_be_there() -> None:
    assert judged(write("x", Outcome.REFUSED, stored=0)).verdict is Verdict.PASS
    finding = judged(write("x", Outcome.REFUSED, stored=1))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 0.0)
    assert finding.evidence.startswith("1 of 3 writes refused but stored, sent at 1.00 s; ")
    assert finding.evidence.endswith("; refused but stored: x (sent at 1.00 s)")


@pytest.mark.parametrize("stored", [0, 1])
def test_a_write_without_a_clear_answer_may_be_there_or_not(stored: int) -> None:
    evidence = "2 writes acknowledged, 0 lost, 0 doubled, 0 refused but stored, 1 without a clear answer"
    assert judged(write("x", Outcome.INDETERMINATE, stored=stored)) == found(Verdict.PASS, evidence, 0.0)


@pytest.mark.parametrize(
    "unread",
    [
        write("x", stored=None),
        write("x", served=None),
        write("x", Outcome.INDETERMINATE, stored=None),
        write("x", Outcome.REFUSED, stored=None),
    ],
    ids=["not in SQL", "not by the API", "unclear", "refused"],
)
def test_a_write_that_was_not_read_back_is_inconclusive(unread: Write) -> None:
    finding = judged(unread)
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)
    assert finding.evidence.startswith("1 writes were not read back; ")


def test_a_lost_write_is_a_failure_whatever_else_was_not_read_back() -> None:
    assert judged(write("x", stored=None), write("y", stored=0)).verdict is Verdict.FAIL


def test_without_an_acknowledged_write_there_was_nothing_to_lose() -> None:
    assert CHECK(run_of()) == found(Verdict.INCONCLUSIVE, "none of 0 writes was acknowledged", None)
    unclear = run_of([write("x", Outcome.INDETERMINATE, stored=0)])
    assert CHECK(unclear) == found(Verdict.INCONCLUSIVE, "none of 1 writes was acknowledged", None)


def test_of_many_lost_writes_five_are_named() -> None:
    finding = judged(*(write(f"x{number}", t=number, stored=0) for number in range(7)))
    assert finding.value == 7
    assert finding.evidence.startswith("7 of 9 acknowledged writes lost, sent between 0.00 s and 6.00 s; ")
    assert finding.evidence.endswith("x4 (sent at 4.00 s) …")


def test_what_else_is_wrong_with_the_writes_is_told_beside() -> None:
    finding = judged(write("x", stored=0), write("y", stored=2))
    assert finding.evidence.startswith(
        "1 of 4 acknowledged writes lost, sent at 1.00 s; 1 of 4 writes doubled, sent at 1.00 s; "
    )
