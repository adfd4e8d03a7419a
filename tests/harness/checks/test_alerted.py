"""alerted: who must be told is told, in time, and by no alert that rang before."""

import pytest

from harness.checks.alerted import Alerted
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Sample, StateChanged
from tests.builders import at, gauge, phase, run_of

CHECK = Alerted(alert="HighCpu", told="tickets", phase="fault", within=60, pace=10)
PHASES = (phase("baseline", 0, 10), phase("fault", 10, 20))


def firing(begin: float, end: float) -> list[Sample]:
    """Watched from 0 to 30 s, twice a second."""
    return [gauge(k / 2, "alerts", "HighCpu", "firing", begin <= k / 2 < end) for k in range(60)]


def told(t: float, after: str, alert: str = "HighCpu", *, by: str = "alerts") -> StateChanged:
    return StateChanged(t=at(t), by=by, role="alert", subject=alert, before="silent", after=after)


def found(verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
    return Finding(
        check="alerted",
        verdict=verdict,
        evidence=evidence,
        subject="HighCpu",
        phase="fault",
        value=value,
        unit="s",
        threshold="< 60 s",
    )


def test_an_alert_in_time_passes_with_what_that_is_at_the_usual_pace() -> None:
    run = run_of(PHASES, firing(14.5, 21), told(14.5, "tickets"))
    assert CHECK(run) == found(Verdict.PASS, "tickets was told of HighCpu after 45 s", 45.0)


def test_who_was_told_late_or_not_at_all_was_not_told() -> None:
    why = "tickets was not told of HighCpu within 60 s of fault"
    assert CHECK(run_of(PHASES, firing(16.5, 21), told(16.5, "tickets"))) == found(Verdict.FAIL, why)
    others = (told(12, "tickets", "HighMemory"), told(12, "tickets", by="lb"))
    assert CHECK(run_of(PHASES, firing(99, 99), others)) == found(Verdict.FAIL, why)


def test_another_receiver_is_not_who_must_be_told() -> None:
    run = run_of(PHASES, firing(12, 21), told(12, "inhibited"), told(13, "on-call"))
    why = "tickets was not told of HighCpu within 60 s of fault: it was inhibited, on-call"
    assert CHECK(run) == found(Verdict.FAIL, why)


def test_an_alert_that_fires_already_says_nothing_of_the_fault() -> None:
    run = run_of(PHASES, firing(8, 21), told(8, "tickets"), told(12, "tickets"))
    assert CHECK(run) == found(Verdict.FAIL, "HighCpu fired before fault gave a reason for it")


def test_one_that_ended_before_the_fault_may_fire_again() -> None:
    run = run_of(PHASES, firing(2, 5), firing(12, 21), told(12, "tickets"))
    assert CHECK(run).verdict is Verdict.PASS


def test_what_nobody_watched_is_inconclusive() -> None:
    assert CHECK(run_of(PHASES)) == found(Verdict.INCONCLUSIVE, "nobody asked whether HighCpu fires")
    assert CHECK(run_of(firing(12, 21))) == found(Verdict.INCONCLUSIVE, "there was no fault")
    short = [sample for sample in firing(99, 99) if sample.t <= at(12)]
    why = "HighCpu was watched for 2.0 s of fault only"
    assert CHECK(run_of(PHASES, short)) == found(Verdict.INCONCLUSIVE, why)


@pytest.mark.parametrize("wrong", [{"within": -1}, {"pace": 0}])
def test_a_time_that_cannot_be_kept_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="'HighCpu' cannot come within"):
        Alerted(alert="HighCpu", told="tickets", phase="fault", **wrong)
