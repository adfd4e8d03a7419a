"""The one precedence: fail > inconclusive > pass, and nothing at all is inconclusive."""

from itertools import product

import pytest

from harness.errors import ExitStatus
from harness.finding import Verdict, merge

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (PASS, PASS, PASS),
        (PASS, FAIL, FAIL),
        (PASS, INCONCLUSIVE, INCONCLUSIVE),
        (FAIL, PASS, FAIL),
        (FAIL, FAIL, FAIL),
        (FAIL, INCONCLUSIVE, FAIL),
        (INCONCLUSIVE, PASS, INCONCLUSIVE),
        (INCONCLUSIVE, FAIL, FAIL),
        (INCONCLUSIVE, INCONCLUSIVE, INCONCLUSIVE),
    ],
)
def test_two_verdicts_together(one: Verdict, other: Verdict, together: Verdict) -> None:
    assert merge([one, other]) is together


def test_nothing_is_inconclusive() -> None:
    assert merge([]) is INCONCLUSIVE
    assert merge(iter(())) is INCONCLUSIVE


@pytest.mark.parametrize("verdict", list(Verdict))
def test_one_verdict_is_itself(verdict: Verdict) -> None:
    assert merge([verdict]) is verdict


def test_it_does_not_matter_how_verdicts_are_grouped() -> None:
    for a, b, c in product(Verdict, repeat=3):
        assert merge([a, b, c]) is merge([merge([a, b]), c]) is merge([a, merge([b, c])])


def test_each_verdict_has_its_exit_status() -> None:
    assert {verdict: verdict.exit_status for verdict in Verdict} == {
        PASS: ExitStatus.PASS,
        FAIL: ExitStatus.FAIL,
        INCONCLUSIVE: ExitStatus.INCONCLUSIVE,
    }
