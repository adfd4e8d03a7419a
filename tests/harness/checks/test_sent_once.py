"""sent-once: what has no key reaches the service once."""

import pytest

from harness.checks.sent_once import SentOnce
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Sample
from tests.builders import gauge, run_of

CHECK = SentOnce()


def counted(repeated: list[int], keyless: list[int]) -> list[Sample]:
    figures = {"repeated_total": repeated, "keyless_total": keyless}
    return [
        gauge(t, "upstream", "upstream", metric, value)
        for metric, values in figures.items()
        for t, value in enumerate(values)
    ]


def test_calls_that_came_once_pass() -> None:
    finding = CHECK(run_of(counted([3, 3, 3], [0, 5, 10])))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 0.0)
    assert finding.evidence == "10 calls without a key reached the service, none of them twice"


def test_a_call_that_came_again_fails() -> None:
    finding = CHECK(run_of(counted([0, 0, 2], [0, 5, 10])))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 2.0)
    assert finding.evidence == "2 calls repeated another, without its key; 10 calls had no key"


def test_a_service_that_was_started_anew_counts_from_nothing() -> None:
    assert CHECK(run_of(counted([3, 0, 0], [9, 0, 12]))).verdict is Verdict.PASS


def test_too_little_is_inconclusive() -> None:
    assert CHECK(run_of()).evidence == "what reached the service was not counted"
    finding = CHECK(run_of(counted([0, 0], [0, 9])))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "9 of the 10 calls without a key that it takes were made"


def test_no_calls_are_no_bound() -> None:
    with pytest.raises(UsageError, match="0 calls without a key prove nothing"):
        SentOnce(cases=0)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "no write reaches the external service twice"
