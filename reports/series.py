"""Requests over time: summed up in buckets with numpy before anything is drawn."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.run import Labels, Run
from reports.story import Story

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

BUCKETS_AT_MOST = 120
WIDTHS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
OTHERS = "others"


@dataclass(frozen=True)
class Buckets:
    """`edges` has one entry more than there are buckets; the last bucket may be narrower than `width`."""

    width: float
    edges: Floats

    @property
    def count(self) -> int:
        return len(self.edges) - 1

    @property
    def middles(self) -> Floats:
        middles: Floats = (self.edges[:-1] + self.edges[1:]) / 2
        return middles

    def index(self, seconds: Floats) -> Indices:
        """The bucket of each instant, -1 for those outside."""
        index: Indices = np.searchsorted(self.edges, seconds, side="right") - 1
        index[seconds == self.edges[-1]] = self.count - 1
        index[(seconds < 0) | (index >= self.count)] = -1
        return index

    def rate(self, index: Indices) -> Floats:
        """How many fell into each bucket, per second."""
        rate: Floats = np.bincount(index[index >= 0], minlength=self.count) / np.diff(self.edges)
        return rate


def buckets(end: float) -> Buckets:
    fitting = (width for width in WIDTHS_S if end <= width * BUCKETS_AT_MOST)
    width = next(fitting, end / BUCKETS_AT_MOST)
    # A sliver of a last bucket would turn one request into a spike of a rate, so it joins the one before.
    edges = np.arange(0.0, max(end, width), width)
    if len(edges) > 1 and end - edges[-1] < width / 2:
        edges = edges[:-1]
    return Buckets(width, np.append(edges, max(end, width)))


def percentile_by_bucket(index: Indices, values: Floats, count: int, q: float) -> Floats:
    """The nearest-rank percentile (as harness.checks.percentile) of each bucket; NaN where it is empty."""
    kept = index >= 0
    index, values = index[kept], values[kept]
    ordered = values[np.lexsort((values, index))]
    sizes = np.bincount(index, minlength=count)
    first = np.cumsum(sizes) - sizes
    # In floats 0.07 * 100 is a little over 7, whose ceiling would be 8.
    rank = np.maximum(np.ceil(np.round(q / 100 * sizes, 9)).astype(np.int64), 1)
    result = np.full(count, np.nan)
    filled = sizes > 0
    result[filled] = ordered[(first + rank - 1)[filled]]
    return result


class Band(NamedTuple):
    """One layer of a stack: a name and its rate in each bucket."""

    name: str
    rate: Floats


class Traffic(NamedTuple):
    """Latencies in seconds, by intended start, of good answers; rates per second."""

    buckets: Buckets
    p50: Floats
    p95: Floats
    longest: Floats
    offered: Floats
    answered: Floats
    errors: list[Band]
    instances: list[Band]


def traffic(run: Run, story: Story) -> Traffic:
    requests = run.played
    grid = buckets(story.end)
    intended = grid.index((requests.intended - run.begin) / 1e9)
    finished = grid.index((requests.finished - run.begin) / 1e9)
    ok = requests.ok
    latency = requests.latency_s[ok]

    def latency_at(q: float) -> Floats:
        return percentile_by_bucket(intended[ok], latency, grid.count, q)

    return Traffic(
        grid,
        latency_at(50),
        latency_at(95),
        latency_at(100),
        grid.rate(intended),
        grid.rate(finished[ok]),
        _bands(requests.error, finished, grid, sort_by_name=False),
        _bands(requests.instance, finished, grid, sort_by_name=True),
    )


BANDS_AT_MOST = 7


def _bands(labels: Labels, index: Indices, grid: Buckets, *, sort_by_name: bool) -> list[Band]:
    """A band for each word, the most frequent ones; the rest together."""
    names = list(labels.counts())
    shown, rest = names[:BANDS_AT_MOST], names[BANDS_AT_MOST:]
    bands = [Band(name, grid.rate(index[labels.equal(name)])) for name in (sorted(shown) if sort_by_name else shown)]
    if rest:
        codes = [labels.values.index(name) for name in rest]
        bands.append(Band(OTHERS, grid.rate(index[np.isin(labels.codes, codes)])))
    return bands
