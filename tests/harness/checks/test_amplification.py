"""amplification: calls that reach the service, for each that clients made."""

import pytest

from harness.checks.amplification import Amplification
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Request, Sample
from tests.builders import at, gauge, ok, phase, run_of

CHECK = Amplification(most=1.5)
PLAYED = (phase("baseline", 0, 10), phase("fault", 10, 20))


def asked(begin: float, end: float) -> list[Request]:
    return [ok(begin + t / 10, name="POST /ai/chat") for t in range(round(10 * (end - begin)))]


def counted(factor: float) -> list[Sample]:
    """Ten a second, and so many times more from 10 s on."""
    return [
        gauge(t + 0.25, "upstream", "upstream", "calls_total", 10 * min(t, 10) + 10 * factor * max(t - 10, 0))
        for t in range(30)
    ]


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.PASS), (2.5, Verdict.FAIL)])
def test_calls_are_counted_between_the_phase_s_edges(factor: float, verdict: Verdict) -> None:
    finding = CHECK(run_of(PLAYED, asked(0, 20), counted(factor)))
    assert finding.verdict is verdict
    assert finding.value == pytest.approx(factor, abs=0.05)


def test_each_phase_has_its_own() -> None:
    run = run_of(PLAYED, asked(0, 20), counted(3))
    assert Amplification(most=1.1, phase="baseline")(run).verdict is Verdict.PASS


def test_the_evidence_has_both_counts() -> None:
    evidence = CHECK(run_of(PLAYED, asked(0, 20), counted(1))).evidence
    assert evidence == "100 calls reached the service for 100 requests: 1.00 each"


def test_too_little_is_inconclusive() -> None:
    assert CHECK(run_of(PLAYED, asked(0, 20))).evidence == "what the service got was not counted in fault"
    finding = CHECK(run_of(PLAYED, asked(0, 11), counted(1)))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "10 of the 20 requests POST /ai/ that it takes were sent in fault"


def test_a_bound_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="0 calls for each request cannot be kept to"):
        Amplification(most=0)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "the external service gets at most 1.5 calls for each request during fault"


def test_a_count_that_stops_in_the_phase_is_inconclusive() -> None:
    """What nobody counted is not nothing."""
    finding = CHECK(run_of(PLAYED, asked(0, 20), counted(2.5)[:12]))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "for 8.8 s of fault nobody counted what the service got"


def test_what_came_after_the_last_count_of_a_phase_was_not_counted() -> None:
    finding = CHECK(run_of(PLAYED, asked(0, 20), [count for count in counted(2.5) if count.t < at(16)]))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "for 4.8 s of fault nobody counted what the service got"
