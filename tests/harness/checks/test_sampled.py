"""sampled: a server's own figures are in the recording."""

import pytest

from harness.checks.sampled import Sampled
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Sample
from tests.builders import gauge, run_of

CHECK = Sampled(role="pool", metrics=("servers", "queries_total"), samples=3)


def samples(metric: str, *values: float) -> list[Sample]:
    return [gauge(t, "pool", "pool", metric, value) for t, value in enumerate(values)]


def found(verdict: Verdict, evidence: str, value: float | None = None) -> Finding:
    return Finding(
        check="sampled",
        verdict=verdict,
        evidence=evidence,
        subject="pool",
        value=value,
        unit="samples",
        threshold=">= 3 samples each",
    )


def test_figures_that_were_all_read_often_enough_pass() -> None:
    run = run_of(samples("servers", 5, 5, 5, 5), samples("queries_total", 1, 1, 2))
    assert CHECK(run) == found(Verdict.PASS, "each of 2 metrics of pool has at least 3 samples", 3)


def test_a_figure_that_was_never_read_fails_where_others_were() -> None:
    run = run_of(samples("answers", 1, 1, 1), samples("queries_total", 1, 2, 3))
    assert CHECK(run) == found(Verdict.FAIL, "servers has 0 samples", 0)


def test_a_total_that_stands_still_is_not_what_it_says() -> None:
    run = run_of(samples("servers", 5, 5, 5), samples("queries_total", 7, 7, 7))
    assert CHECK(run) == found(Verdict.FAIL, "queries_total did not grow", 3)


def test_a_role_that_nobody_asked_is_inconclusive() -> None:
    finding = CHECK(run_of(gauge(1, "lb", "app-1", "up", 1)))
    assert (finding.verdict, finding.evidence) == (Verdict.INCONCLUSIVE, "nobody asked pool for figures")
    assert finding.value is None


@pytest.mark.parametrize("parameters", [{"metrics": ()}, {"metrics": ("servers",), "samples": 1}])
def test_what_could_never_fail_is_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Sampled(role="pool", **parameters)  # type: ignore[arg-type]
