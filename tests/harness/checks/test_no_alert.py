"""no-alert: silence counts where somebody listened."""

from harness.checks.no_alert import NoAlert
from harness.finding import Finding, Verdict
from harness.run import Sample
from tests.builders import gauge, phase, run_of

CHECK = NoAlert(phase="baseline")
PHASES = (phase("baseline", 0, 10), phase("fault", 10, 20))


def watched(alert: str, begin: float = 99, end: float = 99, seconds: int = 20) -> list[Sample]:
    """Asked every second; it fires from `begin` to `end`."""
    return [gauge(t, "alerts", alert, "firing", begin <= t < end) for t in range(seconds)]


def found(verdict: Verdict, evidence: str, value: float | None) -> Finding:
    return Finding(
        check="no-alert",
        verdict=verdict,
        evidence=evidence,
        phase="baseline",
        value=value,
        unit="alerts",
        threshold="== 0 alerts",
    )


def test_silence_passes_whatever_comes_after_it() -> None:
    run = run_of(PHASES, watched("HighCpu", 10, 15), watched("HighMemory"))
    assert CHECK(run) == found(Verdict.PASS, "none of 2 alerts fired, asked 10 times during baseline", 0.0)


def test_each_alert_that_fires_for_a_moment_is_one_too_many() -> None:
    run = run_of(PHASES, watched("HighCpu", 4, 5), watched("HighMemory"), watched("PoolExhausted", 0, 20))
    assert CHECK(run) == found(Verdict.FAIL, "HighCpu, PoolExhausted fired during baseline", 2.0)


def test_what_has_a_reason_may_fire() -> None:
    run = run_of(PHASES, watched("HighCpu", 4, 5), watched("HighMemory"))
    assert NoAlert(phase="baseline", but=("HighCpu",))(run).verdict is Verdict.PASS
    assert NoAlert(phase="baseline", but=("HighMemory",))(run).verdict is Verdict.FAIL


def test_where_nobody_listened_silence_is_inconclusive() -> None:
    why = "nobody asked 4 times, and all through baseline, which alerts fire"
    assert CHECK(run_of(PHASES, watched("HighCpu", seconds=3))) == found(Verdict.INCONCLUSIVE, why, None)
    assert CHECK(run_of(PHASES, gauge(1, "lb", "app-1", "up", 1))) == found(Verdict.INCONCLUSIVE, why, None)
