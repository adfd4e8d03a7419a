"""sheds: what becomes of more than can be served."""

import pytest

from harness.checks.sheds import Sheds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Request, Run
from tests.builders import err, generator, ok, phase, run_of, steady

TICKS = [sample for t in range(1, 25) for sample in generator(t)]


def played(*served: Request, refused: list[Request] | None = None) -> Run:
    return run_of(
        phase("baseline", 0, 10), phase("overload", 10, 20), *steady(0, 10), *served, *(refused or []), *TICKS
    )


def refused(rate: float, latency: float = 0.005, status: int = 503) -> list[Request]:
    return [err(10 + k / rate, latency, status=status, error=f"HTTP {status}") for k in range(round(10 * rate))]


def test_what_is_too_much_is_refused_at_once_and_the_rest_is_served() -> None:
    assert Sheds()(played(*steady(10, 20, rate=30), refused=refused(15))) == Finding(
        check="sheds",
        verdict=Verdict.PASS,
        evidence="of 45/s 30/s were served within 1 s (baseline: 20/s), 15/s were refused, 95 % of them within 5 ms,"
        " 0/s were neither",
        phase="overload",
        value=30.0,
        unit="/s",
        threshold=">= 1 × baseline, refusals < 0.5 s",
    )


@pytest.mark.parametrize(
    ("served", "others"),
    [
        pytest.param(steady(10, 20, rate=30), refused(15, latency=0.8), id="refused late"),
        pytest.param(steady(10, 20, rate=15), refused(30), id="less is served than before"),
        pytest.param(steady(10, 20, rate=30), refused(15, status=500), id="an error is no refusal"),
        pytest.param(steady(10, 20, rate=30), steady(10, 20, rate=15, latency=2), id="served late"),
        pytest.param(steady(10, 20, rate=45, latency=2), [], id="all of it served late"),
    ],
)
def test_it_fails_when(served: list[Request], others: list[Request]) -> None:
    assert Sheds()(played(*served, refused=others)).verdict is Verdict.FAIL


def test_more_may_be_asked_for_than_before() -> None:
    run = played(*steady(10, 20, rate=30), refused=refused(15))
    assert Sheds(least_times=1.4)(run).verdict is Verdict.PASS
    assert Sheds(least_times=1.6)(run).verdict is Verdict.FAIL
    with pytest.raises(UsageError, match="0 times as much is no bound"):
        Sheds(least_times=0)


def test_what_all_could_be_served_of_was_not_too_much() -> None:
    finding = Sheds()(played(*steady(10, 20, rate=45)))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, 45.0)
    assert finding.evidence.startswith("it was not too much: of 45/s 45/s were served")


def test_without_requests_enough_in_both_phases_nothing_is_known() -> None:
    finding = Sheds()(played(*(ok(10 + k) for k in range(9))))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)
    assert finding.evidence == "not both of baseline and overload had the 100 requests that it takes to judge"


def test_where_the_generator_was_the_limit_nothing_is_known() -> None:
    late = [sample for t in range(1, 25) for sample in generator(t, late=15.0)]
    run = run_of(phase("baseline", 0, 10), phase("overload", 10, 20), *steady(0, 20), *refused(15), *late)
    assert Sheds()(run).evidence.startswith("the load generator was the limit: ")


def test_a_refusal_comes_before_what_is_served() -> None:
    with pytest.raises(UsageError, match="a refusal after 2 s is later than what is served in 1 s"):
        Sheds(refused_within=2)
