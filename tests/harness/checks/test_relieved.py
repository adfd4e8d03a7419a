"""relieved: what an overload leaves behind when the load falls."""

import pytest

from harness.checks.relieved import Relieved
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Request, Run
from tests.builders import err, generator, ok, phase, run_of, steady

OVERLOAD = [*(ok(k / 100) if k % 2 else err(k / 100, status=503) for k in range(1000))]
TICKS = [sample for t in range(1, 25) for sample in generator(t)]


def played(*relief: Request) -> Run:
    return run_of(phase("overload", 0, 10), phase("relief", 10, 24), *OVERLOAD, *relief, *TICKS)


def slow(begin: float, end: float, latency: float = 3.0) -> list[Request]:
    return steady(begin, end, latency=latency)


def test_what_is_well_at_once_is_relieved_at_once() -> None:
    assert Relieved(within=10)(played(*steady(10, 24))) == Finding(
        check="relieved",
        verdict=Verdict.PASS,
        evidence="the SLO holds from 0.00 s after the load fell from 100/s to 20/s",
        phase="relief",
        value=0.0,
        unit="s",
        threshold="< 10 s",
    )


@pytest.mark.parametrize(("within", "verdict"), [(10, Verdict.PASS), (3, Verdict.FAIL)])
def test_what_was_left_over_is_worked_off_and_may_take_its_time(within: float, verdict: Verdict) -> None:
    finding = Relieved(within=within)(played(*slow(10, 14), *steady(14, 24)))
    assert finding.verdict is verdict
    assert finding.value == pytest.approx(4, abs=0.5)
    assert "; before: http.p95 was 3 s" in finding.evidence


@pytest.mark.parametrize(
    ("relief", "why"),
    [
        (slow(10, 24), "http.p95 was 3 s"),
        ([err(10 + k / 20, status=503) for k in range(280)], "http.errors was 100 %"),
    ],
)
def test_what_does_not_end_by_itself_is_called_metastable(relief: list[Request], why: str) -> None:
    finding = Relieved(within=10)(played(*relief))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, None)
    assert finding.evidence == f"metastable: 14.0 s after the load fell from 100/s to 20/s, {why} still"


def test_a_load_that_did_not_fall_relieves_nobody() -> None:
    finding = Relieved(within=10)(played(*steady(10, 24, rate=90)))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "the load did not fall: 100.0/s in overload, 90.0/s in relief"


def test_without_both_phases_or_requests_enough_nothing_is_known() -> None:
    assert Relieved(within=10)(run_of(phase("relief", 10, 24), *steady(10, 24), *TICKS)).verdict is Verdict.INCONCLUSIVE
    finding = Relieved(within=10)(played(*steady(10, 24, rate=1)))
    assert finding.evidence == "no 2 s of relief had the requests that it takes to judge"


def test_where_the_generator_was_the_limit_nothing_is_known() -> None:
    late = [sample for t in range(1, 25) for sample in generator(t, late=15.0)]
    run = run_of(phase("overload", 0, 10), phase("relief", 10, 24), *OVERLOAD, *steady(10, 24), *late)
    finding = Relieved(within=10)(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the load generator was the limit: ")


def test_a_phase_cannot_be_relieved_of_itself() -> None:
    with pytest.raises(UsageError, match="'relief' cannot be relieved of itself"):
        Relieved(within=10, after="relief")
