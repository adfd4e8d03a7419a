"""retry-pauses: as long as stated, and not all by the same."""

import pytest

from harness.checks.retry_pauses import RetryPauses
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Sample
from tests.builders import gauge, run_of

CHECK = RetryPauses(interval_s=1.0)


def quartiles(*pauses: float) -> list[Sample]:
    names = ("pause_p25_s", "pause_p50_s", "pause_p75_s")
    return [gauge(1, "upstream", "upstream", name, value) for name, value in zip(names, pauses, strict=True)]


def test_pauses_with_jitter_pass() -> None:
    finding = CHECK(run_of(quartiles(0.875, 1.0, 1.125)))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 25.0)
    assert finding.evidence == (
        "between two tries were 0.88 to 1.12 s in the middle half, 1.00 s at the median: 25% apart"
    )


@pytest.mark.parametrize("pauses", [(1.0, 1.001, 1.004), (0.1, 0.2, 0.3), (1.2, 1.4, 1.6), (0.0, 0.0, 0.0)])
def test_pauses_in_step_and_of_another_length_fail(pauses: tuple[float, ...]) -> None:
    assert CHECK(run_of(quartiles(*pauses))).verdict is Verdict.FAIL


def test_without_a_second_try_there_is_no_pause() -> None:
    finding = CHECK(run_of(gauge(1, "upstream", "upstream", "calls_total", 7)))
    assert (finding.verdict, finding.evidence) == (Verdict.INCONCLUSIVE, "no call was seen to be tried again")


def test_a_pause_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody pauses for 0 s"):
        RetryPauses(interval_s=0)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "tries are 1 s apart, and not in step"
