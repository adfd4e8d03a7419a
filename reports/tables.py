"""The report's tables: figures taken from a run, one typed row each. Percentiles are the checks' own."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from harness.checks.percentile import enough_for, percentile
from harness.run import Requests, Run
from reports.series import Floats
from reports.words import NOTHING, measured, percent

QUANTILES = (50.0, 95.0, 99.0, 100.0)
ROWS_AT_MOST = 40
TEXT_AT_MOST = 300


class Figure(NamedTuple):
    """A figure as text; `thin` where too few requests stand behind a percentile for it to be more than the maximum."""

    text: str
    thin: bool = False


class PhaseRow(NamedTuple):
    name: str
    fault: bool
    seconds: str
    requests: str
    rate: str
    errors: str
    failed: bool
    quantiles: list[Figure]
    closed: Figure
    """p95 from the actual send: what a tool that waits for each answer would have called the latency."""


class EndpointRow(NamedTuple):
    name: str
    requests: str
    errors: str
    failed: bool
    quantiles: list[Figure]


class ErrorRow(NamedTuple):
    kind: str
    times: str
    first: str
    last: str
    endpoints: str
    phases: str
    instances: str
    """Who answered; what had no answer is nobody's."""


class Shares(NamedTuple):
    """For each instance, its share of the answers in each phase, per cent."""

    phases: list[str]
    rows: list[tuple[str, list[str]]]


def _quantile(values: Floats, q: float) -> Figure:
    return Figure(measured(percentile(values, q), "s"), 0 < len(values) < enough_for(q))


def _quantiles(requests: Requests) -> list[Figure]:
    latency = requests.where(requests.ok).latency_s
    return [_quantile(latency, q) for q in QUANTILES]


def _errors(requests: Requests) -> str:
    return percent(100 * float(requests.failed.mean())) if len(requests) else NOTHING


def phase_rows(run: Run) -> list[PhaseRow]:
    rows = []
    for name in run.phases:
        requests, spans = run.during(name), run.spans_of(name)
        lasted = sum(span.seconds for span in spans)
        rows.append(
            PhaseRow(
                name,
                any(span.fault for span in spans),
                f"{lasted:.1f} s",
                f"{len(requests):,}",
                f"{len(requests) / lasted:,.1f}/s" if lasted else NOTHING,
                _errors(requests),
                bool(requests.failed.any()),
                _quantiles(requests),
                _quantile(requests.where(requests.ok).service_s, 95),
            )
        )
    return rows


def endpoint_rows(run: Run) -> list[EndpointRow]:
    rows = []
    for name, count in list(run.played.name.counts().items())[:ROWS_AT_MOST]:
        requests = run.played.where(run.played.name.equal(name))
        failed = bool(requests.failed.any())
        rows.append(EndpointRow(cut(name), f"{count:,}", _errors(requests), failed, _quantiles(requests)))
    return rows


def error_rows(run: Run) -> list[ErrorRow]:
    rows = []
    phase_of = _phase_namer(run)
    for kind, count in list(run.played.error.counts().items())[:ROWS_AT_MOST]:
        requests = run.played.where(run.played.error.equal(kind))
        first, last = int(requests.finished.min()), int(requests.finished.max())
        rows.append(
            ErrorRow(
                cut(kind),
                f"{count:,}",
                f"{run.since_begin(first):.2f} s",
                f"{run.since_begin(last):.2f} s",
                _counted(requests.name.counts()),
                _counted(phase_of(kind)),
                _counted(requests.instance.counts()) or NOTHING,
            )
        )
    return rows


def _phase_namer(run: Run) -> Callable[[str], dict[str, int]]:
    """How many errors of a kind each phase has. The phases are cut once, not once a kind."""
    by_phase = {name: run.during(name) for name in run.phases}

    def of(kind: str) -> dict[str, int]:
        counts = {name: int(requests.error.equal(kind).sum()) for name, requests in by_phase.items()}
        # From a fault's heal to the moment it is gone there is no phase, and yet there are requests.
        counts["between phases"] = int(run.played.error.equal(kind).sum()) - sum(counts.values())
        return {name: count for name, count in counts.items() if count}

    return of


def _counted(counts: Mapping[str, int], shown: int = 4) -> str:
    words = [f"{cut(name)} × {count:,}" for name, count in list(counts.items())[:shown]]
    return ", ".join(words) + (f" and {len(counts) - shown} more" if len(counts) > shown else "")


def shares(run: Run) -> Shares:
    """By who answered; a request without an answer has no instance and counts for none."""
    names = sorted(run.played.instance.counts())[:ROWS_AT_MOST]
    counted = []
    for phase in run.phases:
        counts = run.during(phase).instance.counts()
        total = sum(counts.values())
        counted.append([percent(100 * counts.get(name, 0) / total) if total else NOTHING for name in names])
    rows = [(cut(name), [column[number] for column in counted]) for number, name in enumerate(names)]
    return Shares(run.phases, rows)


def cut(text: str) -> str:
    return text if len(text) <= TEXT_AT_MOST else text[:TEXT_AT_MOST] + "…"
