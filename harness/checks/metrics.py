"""What thresholds can be put on: each metric is a figure of a set of requests."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from harness.checks.percentile import enough_for, percentile
from harness.run import Requests


class Metric(NamedTuple):
    """`of(requests, seconds)` is the figure in `unit`, or None when there is nothing to take it from.

    `needs` is how many requests it takes to mean something; `latency` metrics are of the good answers; `paced` ones do
    not count when the generator was the limit; `windowed` ones are also judged over sliding windows.
    """

    name: str
    unit: str
    what: str
    of: Callable[[Requests, float], float | None]
    needs: int = 1
    latency: bool = False
    paced: bool = False
    windowed: bool = False


def _latency(q: float, requests: Requests, seconds: float) -> float | None:
    return percentile(requests.where(requests.ok).latency_s, q)


def _longest(requests: Requests, seconds: float) -> float | None:
    return percentile(requests.latency_s, 100.0)


def _errors(requests: Requests, seconds: float) -> float | None:
    return 100 * float(requests.failed.mean()) if len(requests) else None


def _availability(requests: Requests, seconds: float) -> float | None:
    return 100 * float(requests.ok.mean()) if len(requests) else None


def _rate(requests: Requests, seconds: float) -> float | None:
    return len(requests) / seconds if seconds > 0 else None


def _served(requests: Requests, seconds: float) -> float | None:
    return float(requests.ok.sum()) / seconds if seconds > 0 else None


def _count(requests: Requests, seconds: float) -> float | None:
    return float(len(requests))


def _percentile_metric(name: str, q: float) -> Metric:
    what = f"{q:g} % of the answered requests took no longer, from their intended start"
    of = partial(_latency, q)
    return Metric(f"http.{name}", "s", what, of, enough_for(q), latency=True, paced=True, windowed=True)


METRICS = {
    metric.name: metric
    for metric in (
        *(_percentile_metric(f"p{q:g}", q) for q in (50.0, 75.0, 90.0, 95.0, 99.0, 99.9)),
        Metric("http.max", "s", "the longest answered request", partial(_latency, 100.0), latency=True, paced=True),
        Metric(
            "http.longest",
            "s",
            "the longest request, whether it was answered, refused or given up",
            _longest,
            paced=True,
        ),
        Metric("http.errors", "%", "share of requests without a good answer", _errors, 20, windowed=True),
        Metric("http.availability", "%", "share of requests with a good answer", _availability, 20, windowed=True),
        Metric("http.rate", "/s", "requests a second", _rate, paced=True),
        Metric("http.served", "/s", "good answers a second", _served, paced=True),
        Metric("http.requests", "", "number of requests", _count),
    )
}
