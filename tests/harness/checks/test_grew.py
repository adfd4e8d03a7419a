"""grew: memory from a phase's beginning to its highest."""

import pytest

from harness.checks.grew import MIB, Grew
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Sample
from tests.builders import at, phase, run_of


def memory(subject: str, *mib: float) -> list[Sample]:
    """One sample a second, from second 0."""
    return [Sample(at(t), "app", subject, "rss_bytes", value * MIB) for t, value in enumerate(mib)]


def test_the_process_that_grew_most_decides() -> None:
    run = run_of(phase("fault", 1, 6), memory("app-1", 10, 90, 91, 91, 91, 92), memory("app-2", 90, 90, 95, 99, 97, 97))
    assert Grew(role="app", most_mib=8)(run) == Finding(
        check="grew",
        verdict=Verdict.FAIL,
        evidence="app-2 grew most of 2, by 9.0 MiB",
        subject="app",
        phase="fault",
        value=9.0,
        unit="MiB",
        threshold="<= 8 MiB",
    )
    assert Grew(role="app", most_mib=9)(run).verdict is Verdict.PASS


def test_what_was_not_sampled_did_not_stay_small() -> None:
    few = run_of(phase("fault", 1, 6), memory("app-1", 10, 90, 91))
    for run in (few, run_of(phase("fault", 1, 6)), run_of(memory("app-1", 1, 1, 1, 1, 1, 1))):
        finding = Grew(role="app", most_mib=8)(run)
        assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_a_bound_that_nothing_keeps_is_refused() -> None:
    with pytest.raises(UsageError, match="no bound"):
        Grew(role="app", most_mib=0)
