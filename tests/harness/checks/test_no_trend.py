"""no-trend: the slope of a figure, with its confidence."""

import random

import pytest

from harness.checks.no_trend import MIB, NoTrend
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Sample
from tests.builders import at, gauge, generator, ok, phase, run_of

SECONDS = 120


def memory(subject: str, a_minute: float, noise: float = 0.1, seconds: int = SECONDS) -> list[Sample]:
    """MiB a minute, and the spread of what is added to each sample; one a second."""
    draw = random.Random(subject)
    return [
        gauge(t, "app", subject, "rss_bytes", (100 + a_minute * t / 60 + draw.gauss(0, noise)) * MIB)
        for t in range(seconds)
    ]


CHECK = NoTrend(role="app", figure="rss_bytes", most_a_minute=0.5)


def test_the_member_that_leaks_is_named_with_its_slope_and_confidence() -> None:
    finding = CHECK(run_of(phase("baseline", 0, SECONDS), memory("app-1", 0), memory("app-2", 1.0)))
    assert (finding.verdict, finding.subject, finding.unit) == (Verdict.FAIL, "app.rss_bytes", "MiB/min")
    assert finding.value == pytest.approx(1.0, abs=0.1)
    assert finding.evidence.startswith("app-2, the worst of 2: +")
    assert "MiB a minute, 95 % CI 0.9" in finding.evidence


@pytest.mark.parametrize("a_minute", [0.0, 0.2, -3.0])
def test_what_rises_less_than_it_may_passes(a_minute: float) -> None:
    run = run_of(phase("baseline", 0, SECONDS), memory("app-1", a_minute), memory("app-2", 0))
    assert CHECK(run).verdict is Verdict.PASS


def test_noise_that_may_hide_a_leak_is_inconclusive() -> None:
    finding = CHECK(run_of(phase("baseline", 0, SECONDS), memory("app-1", 0.5, noise=3)))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("too short or too noisy to tell: app-1")


def test_spikes_are_no_trend() -> None:
    samples = memory("app-1", 0)
    spiked = [s._replace(value=s.value * 3) if k % 10 == 9 else s for k, s in enumerate(samples)]
    assert CHECK(run_of(phase("baseline", 0, SECONDS), spiked)).verdict is Verdict.PASS


def test_a_member_that_was_sampled_too_seldom_is_inconclusive() -> None:
    few = memory("app-2", 0, seconds=20)
    finding = CHECK(run_of(phase("baseline", 0, SECONDS), memory("app-1", 0), few))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)
    assert "app-2 has 4 points" in finding.evidence


@pytest.mark.parametrize(("a_minute_ms", "verdict"), [(0, Verdict.PASS), (5, Verdict.PASS), (30, Verdict.FAIL)])
def test_latency_is_a_figure_like_others(a_minute_ms: float, verdict: Verdict) -> None:
    requests = [ok(k / 20, 0.01 + a_minute_ms / 1000 * k / 20 / 60) for k in range(SECONDS * 20)]
    ticks = [sample for t in range(SECONDS) for sample in generator(t)]
    finding = NoTrend(figure="http.p50", most_a_minute=10)(run_of(phase("baseline", 0, SECONDS), requests, ticks))
    assert (finding.verdict, finding.subject) == (verdict, "http.p50")


def test_a_generator_that_was_the_limit_spoils_latency() -> None:
    requests = [ok(k / 20) for k in range(SECONDS * 20)]
    finding = NoTrend(figure="http.p50", most_a_minute=10)(run_of(phase("baseline", 0, SECONDS), requests))
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_counts_that_never_change_have_no_slope() -> None:
    still = [Sample(at(t), "app", "app-1", "fds", 34.0) for t in range(SECONDS)]
    finding = NoTrend(role="app", figure="fds", most_a_minute=1)(run_of(phase("baseline", 0, SECONDS), still))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 0.0)
    assert finding.evidence == "app-1, the worst of 1: +0 a minute, 95 % CI 0 to 0"


def test_bounds_and_figures_that_mean_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="no bound"):
        NoTrend(role="app", figure="fds", most_a_minute=0)
    with pytest.raises(UsageError, match="no latency"):
        NoTrend(figure="rss_bytes", most_a_minute=1)
