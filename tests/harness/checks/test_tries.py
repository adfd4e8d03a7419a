"""tries: as often as is stated, and no more."""

import pytest

from harness.checks.tries import Tries
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from tests.builders import gauge, phase, run_of

CHECK = Tries(times=3)


def judged(most: int, calls: int = 150, keys: int = 100, keyless: int = 10) -> Finding:
    counted = {"most_tries": most, "calls_total": calls, "keys_total": keys, "keyless_total": keyless}
    samples = [gauge(9, "upstream", "upstream", metric, value) for metric, value in counted.items()]
    return CHECK(run_of(phase("fault", 0, 10), samples))


@pytest.mark.parametrize(("most", "verdict"), [(2, Verdict.FAIL), (3, Verdict.PASS), (4, Verdict.FAIL)])
def test_as_often_as_is_stated_and_no_more(most: int, verdict: Verdict) -> None:
    finding = judged(most)
    assert (finding.verdict, finding.value) == (verdict, most)
    assert finding.evidence == f"no call was tried more than {most} times; 40 tries of 100 calls were later ones"


def test_where_hardly_any_was_tried_again_none_need_have_come_to_its_last() -> None:
    finding = judged(2, calls=120)
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)
    assert finding.evidence.endswith("10 tries of 100 calls were later ones; it takes 20")
    assert judged(4, calls=120).verdict is Verdict.FAIL


def test_what_was_not_counted_is_inconclusive() -> None:
    assert CHECK(run_of(phase("fault", 0, 10))).verdict is Verdict.INCONCLUSIVE


def test_it_is_refused_where_it_says_nothing() -> None:
    with pytest.raises(UsageError, match="no call is tried 0 times"):
        Tries(times=0)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "a call is tried 3 times at most, and as often as that"
