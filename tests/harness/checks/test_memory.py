"""memory: the most that anybody held."""

import pytest

from harness.checks.memory import MIB, Memory
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Sample
from tests.builders import at, phase, run_of


def held(subject: str, *mib: float) -> list[Sample]:
    return [Sample(at(t), "app", subject, "rss_bytes", value * MIB) for t, value in enumerate(mib)]


def test_the_process_that_held_most_decides() -> None:
    run = run_of(phase("fault", 1, 6), held("app-1", 999, 90, 91, 91, 91), held("app-2", 90, 90, 150, 99, 97))
    finding = Memory(role="app", most_mib=149)(run)
    assert (finding.verdict, finding.value, finding.evidence) == (
        Verdict.FAIL,
        150.0,
        "app-2 held most of 2, 150 MiB",
    )
    assert Memory(role="app", most_mib=150)(run).verdict is Verdict.PASS


def test_what_was_not_sampled_was_not_within_its_limit() -> None:
    finding = Memory(role="app", most_mib=100)(run_of(phase("fault", 1, 6), held("app-1", 10, 10, 10)))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_a_limit_in_which_nothing_runs_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing runs in 0 MiB"):
        Memory(role="app", most_mib=0)
