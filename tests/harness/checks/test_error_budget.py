"""error-budget: how fast a run's failures burn it."""

import pytest

from harness.checks.error_budget import ErrorBudget
from harness.errors import UsageError
from harness.finding import Verdict
from tests.builders import err, phase, run_of, steady

CHECK = ErrorBudget(objective=99, most_rate=2)


@pytest.mark.parametrize(("failures", "verdict"), [(0, Verdict.PASS), (8, Verdict.PASS), (9, Verdict.FAIL)])
def test_the_rate_is_the_share_of_failures_over_what_may_fail(failures: int, verdict: Verdict) -> None:
    lost = [err(1 + number / 100) for number in range(failures)]
    finding = CHECK(run_of(phase("baseline", 0, 20), steady(0, 20)[failures:], lost))
    assert finding.verdict is verdict
    assert finding.value == pytest.approx(failures / 4)


def test_the_evidence_says_what_was_burnt() -> None:
    evidence = CHECK(run_of(phase("baseline", 0, 20), steady(0, 20)[8:], [err(1)] * 8)).evidence
    assert evidence == "8 of 400 requests failed: 2 times its rate; of the budget these 20 s burnt 0.0015 %"


def test_what_was_asked_outside_the_timeline_does_not_count() -> None:
    run = run_of(phase("baseline", 0, 20), steady(0, 20), [err(-1), err(21)])
    assert CHECK(run).value == 0.0


def test_too_little_is_inconclusive() -> None:
    finding = CHECK(run_of(phase("baseline", 0, 4), steady(0, 4)))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "80 of the 100 requests that it takes were recorded"


def test_an_objective_without_a_budget_is_refused() -> None:
    with pytest.raises(UsageError, match="an objective of 100 % leaves no budget"):
        ErrorBudget(objective=100, most_rate=1)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "the error budget of 99 % is burnt at 2 times its rate at most"
