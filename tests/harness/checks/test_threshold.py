"""The grammar of thresholds: what is understood, and what is said to what is not."""

import pytest

from harness.checks.metrics import METRICS
from harness.checks.threshold import UNITS, parse
from harness.errors import UsageError


@pytest.mark.parametrize(
    ("source", "metric", "operator", "limit", "phase", "text"),
    [
        ("http.p95 < 1s", "http.p95", "<", 1.0, None, "http.p95 < 1s"),
        ("http.p95 < 250ms", "http.p95", "<", 0.25, None, "http.p95 < 250ms"),
        ("http.max <= 1.5m", "http.max", "<=", 90.0, None, "http.max <= 1.5m"),
        ("http.p99.9<2s", "http.p99.9", "<", 2.0, None, "http.p99.9<2s"),
        ("http.errors < 1% during fault", "http.errors", "<", 1.0, "fault", "http.errors < 1%"),
        ("http.errors == 0 % during warm-up", "http.errors", "==", 0.0, "warm-up", "http.errors == 0 %"),
        ("http.rate >= 59.5/s", "http.rate", ">=", 59.5, None, "http.rate >= 59.5/s"),
        ("http.rate > 50", "http.rate", ">", 50.0, None, "http.rate > 50"),
        ("http.requests != 0", "http.requests", "!=", 0.0, None, "http.requests != 0"),
        ("  http.p50 < 1s \t during   recovery ", "http.p50", "<", 1.0, "recovery", "http.p50 < 1s"),
        ("http.p50 < 1s\tduring\tfault", "http.p50", "<", 1.0, "fault", "http.p50 < 1s"),
    ],
)
def test_a_threshold_says_what_it_means(
    source: str, metric: str, operator: str, limit: float, phase: str | None, text: str
) -> None:
    parsed = parse(source)
    assert (parsed.metric, parsed.operator, parsed.phase, parsed.text) == (METRICS[metric], operator, phase, text)
    assert parsed.limit == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "http.p95",
        "http.p95 <",
        "http.p95 < s",
        "http.p95 < -1s",
        "http.p95 < 1s fault",
        "http.p95 < 1s during",
        "http.p95 < 1s during the fault",
        "http.p95 < 1e3s",
        "http.p95 < 1h",
        "http.p95 =< 1s",
        "http.p95 = 1s",
        "http.p95 < 1s http.errors < 1%",
        "< 1s",
        "HTTP.P95 < 1s",
        "http.p95 < nan",
    ],
)
def test_what_cannot_be_read_is_quoted_beside_what_can(source: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(source)
    assert error.value.what == f"the threshold {source!r} cannot be read"
    assert error.value.todo == 'write it like "http.p95 < 1s" or "http.errors < 1% during fault"'


def test_an_unknown_metric_is_named_beside_all_known_ones() -> None:
    with pytest.raises(UsageError) as error:
        parse("http.p42 < 1s")
    assert error.value.what == "the threshold 'http.p42 < 1s' names no known metric: 'http.p42'"
    assert error.value.todo == f"choose from {', '.join(METRICS)}"


@pytest.mark.parametrize(
    ("source", "has", "wants"),
    [
        ("http.p95 < 1", "no unit", "http.p95 is measured in 's' or 'ms' or 'm'"),
        ("http.p95 < 1%", "the unit %", "http.p95 is measured in 's' or 'ms' or 'm'"),
        ("http.errors < 1", "no unit", "http.errors is measured in '%'"),
        ("http.errors < 1s", "the unit s", "http.errors is measured in '%'"),
        ("http.rate < 1s", "the unit s", "http.rate is measured in '/s' or ''"),
    ],
)
def test_a_unit_must_fit_its_metric(source: str, has: str, wants: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(source)
    assert error.value.what == f"the threshold {source!r} has {has}"
    assert error.value.todo == wants


def test_every_metric_has_a_unit_that_thresholds_can_use() -> None:
    for metric in METRICS.values():
        for unit in UNITS[metric.unit]:
            assert parse(f"{metric.name} < 1{unit} during baseline").metric is metric


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_each_operator_at_below_and_above_its_limit(operator: str, below: bool, equal: bool, above: bool) -> None:
    threshold = parse(f"http.requests {operator} 5")
    assert [threshold.holds(value) for value in (4.0, 5.0, 6.0)] == [below, equal, above]


@pytest.mark.parametrize(
    ("operator", "worse", "better"),
    [("<", 9, 4), ("<=", 9, 4), (">", 1, 4), (">=", 1, 4), ("==", 9, 5), ("==", 1, 5), ("!=", 5, 9)],
)
def test_what_is_worse_lies_further_on_the_wrong_side(operator: str, worse: float, better: float) -> None:
    threshold = parse(f"http.requests {operator} 5")
    assert threshold.worse(worse, better)
    assert not threshold.worse(better, worse)
