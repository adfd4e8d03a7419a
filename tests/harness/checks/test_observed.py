from typing import Any

import msgspec
import pytest

from harness.checks.doubted import Doubted
from harness.checks.judge import expected_checks, judge
from harness.checks.observed import Observed
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Observation, PlannedPhase
from tests.builders import at, phase, plan_of, run_of


def saw(value: float | str | None, *, of: str = "forged-tokens", case: str = "alg=none") -> Observation:
    return Observation(t=at(1), of=of, case=case, value=value)


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        ({"equals": 401}, 401, 200),
        ({"equals": "DENY"}, "DENY", "SAMEORIGIN"),
        ({"among": (400, 422)}, 422, 500),
        ({"at_most": 3}, 3, 3.5),
        ({"at_least": 100}, 100, 99),
        ({"at_most": 3}, 0, "none"),
    ],
)
def test_each_condition_has_a_value_that_meets_it_and_one_that_does_not(
    condition: dict[str, Any], good: float | str, bad: float | str
) -> None:
    check = Observed(of="forged-tokens", **condition)
    assert check(run_of(saw(good), saw(good))).verdict is Verdict.PASS
    finding = check(run_of(saw(good), saw(bad, case="the bad one")))
    assert finding.verdict is Verdict.FAIL
    assert "the bad one" in finding.evidence
    assert finding.subject == "forged-tokens"


def test_nothing_observed_or_too_little_is_inconclusive() -> None:
    check = Observed(of="forged-tokens", equals=401, cases=3)
    assert check(run_of()).verdict is Verdict.INCONCLUSIVE
    assert check(run_of(saw(401, of="something-else"))).verdict is Verdict.INCONCLUSIVE
    assert check(run_of(saw(401), saw(401))).verdict is Verdict.INCONCLUSIVE
    assert check(run_of(saw(401), saw(401), saw(401))).verdict is Verdict.PASS


def test_no_answer_is_neither_good_nor_bad() -> None:
    check = Observed(of="forged-tokens", equals=401)
    assert check(run_of(saw(401), saw(None))).verdict is Verdict.INCONCLUSIVE
    assert check(run_of(saw(None), saw(200))).verdict is Verdict.FAIL


def test_the_figure_is_the_one_nearest_to_the_limit() -> None:
    finding = Observed(of="forged-tokens", at_most=10)(run_of(saw(2), saw(7), saw(4)))
    assert finding.value == 7
    assert finding.threshold == "forged-tokens <= 10"


@pytest.mark.parametrize(
    "wrong", [{}, {"equals": 1, "at_most": 2}, {"equals": 1, "of": "two words"}, {"equals": 1, "cases": 0}]
)
def test_an_expectation_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Observed(**{"of": "x", **wrong})


def test_a_doubt_refutes_the_guide_and_not_the_run() -> None:
    check = Doubted(of="forged-tokens", claim="SEC-RATE", at_most=3, instead="say less")
    right, wrong, unclear = check(run_of(saw(2))), check(run_of(saw(2), saw(9))), check(run_of(saw(2), saw(None)))
    assert (right.verdict, right.refutes) == (Verdict.PASS, ())
    assert (wrong.verdict, wrong.refutes, wrong.value, wrong.instead) == (Verdict.PASS, ("SEC-RATE",), 9, "say less")
    assert unclear.verdict is Verdict.INCONCLUSIVE


def test_a_run_that_only_asked_is_whole_without_a_request() -> None:
    check = Observed(of="forged-tokens", equals=401)
    planned = plan_of(timeline=[PlannedPhase(name="probe", seconds=60, asks=True)], checks=[check])
    assert expected_checks(run_of(plan=planned)) == [check]
    run = run_of(phase("probe", 0, 2), saw(401), plan=planned)
    assert judge(run).verdict is Verdict.PASS
    assert judge(run_of(phase("probe", 0, 2), plan=planned)).verdict is Verdict.INCONCLUSIVE


def test_checks_travel_through_run_json() -> None:
    for check in (Observed(of="a", among=(1, "x")), Doubted(of="a", equals="y", claim="SEC-RATE", instead="z")):
        assert msgspec.json.decode(msgspec.json.encode(check), type=type(check)) == check
