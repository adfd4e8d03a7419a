"""The metrics: figures of a set of requests, or none."""

import pytest

from harness.checks.metrics import METRICS
from harness.run import Requests
from tests.builders import err, ok

TEN_S = 10.0
SOME = Requests.of([ok(1, 0.1), ok(2, 0.2), ok(3, 0.3), ok(4, 0.4), err(5, 9.0)])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("http.p50", 0.2),
        ("http.p75", 0.3),
        ("http.p90", 0.4),
        ("http.p95", 0.4),
        ("http.p99", 0.4),
        ("http.p99.9", 0.4),
        ("http.max", 0.4),
        ("http.longest", 9.0),
        ("http.errors", 20.0),
        ("http.availability", 80.0),
        ("http.rate", 0.5),
        ("http.served", 0.4),
        ("http.requests", 5.0),
    ],
)
def test_each_metric_of_four_answers_and_an_error(name: str, expected: float) -> None:
    assert METRICS[name].of(SOME, TEN_S) == pytest.approx(expected, rel=1e-9)


def test_that_was_all_of_them() -> None:
    assert sorted(METRICS) == sorted(
        f"http.{name}"
        for name in [
            *("p50", "p75", "p90", "p95", "p99", "p99.9", "max", "longest"),
            *("errors", "availability", "rate", "served", "requests"),
        ]
    )


@pytest.mark.parametrize(
    "name", [name for name in METRICS if name not in ("http.rate", "http.served", "http.requests")]
)
def test_what_is_taken_from_no_requests_is_nothing_and_not_0(name: str) -> None:
    assert METRICS[name].of(Requests.of([]), TEN_S) is None


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.latency])
def test_where_every_request_failed_there_is_no_latency(name: str) -> None:
    assert METRICS[name].of(Requests.of([err(1), err(2)]), TEN_S) is None


def test_where_no_time_passed_there_is_no_rate() -> None:
    assert METRICS["http.rate"].of(SOME, 0.0) is None
    assert METRICS["http.served"].of(SOME, 0.0) is None


def test_latency_counts_from_the_intended_start() -> None:
    late = Requests.of([ok(1, latency=2.0, lag=1.9)])
    assert METRICS["http.p50"].of(late, TEN_S) == 2.0
