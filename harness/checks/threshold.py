"""Thresholds as text.

    threshold = metric operator value [ "during" phase ]
    metric    = "http.p95" | "http.errors" | ...          (harness.checks.metrics)
    operator  = "<" | "<=" | ">" | ">=" | "==" | "!="
    value     = number [ unit ]
    unit      = "ms" | "s" | "m" | "%" | "/s"             (must fit the metric's own)

Parsing checks the metric, the unit and the form, so that a wrong threshold is wrong usage before anything starts.
"""

import operator
import re
from collections.abc import Callable
from typing import NamedTuple

from harness.checks.metrics import METRICS, Metric
from harness.errors import UsageError

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

# For each unit of a metric, the units that a threshold may use and their size in it. The first is shown in messages.
UNITS: dict[str, dict[str, float]] = {
    "s": {"s": 1.0, "ms": 0.001, "m": 60.0},
    "%": {"%": 1.0},
    "/s": {"/s": 1.0, "": 1.0},
    "": {"": 1.0},
}

_FORM = re.compile(
    r"\s*(?P<metric>[a-z][\w.]*)\s*(?P<operator><=|>=|==|!=|<|>)\s*(?P<number>\d+(?:\.\d+)?)\s*"
    r"(?P<unit>ms|s|m|%|/s)?(?:\s+during\s+(?P<phase>[\w-]+))?\s*"
)


class Threshold(NamedTuple):
    """A parsed threshold. `limit` is in the metric's own unit; `text` is what the person wrote, phase left out."""

    text: str
    metric: Metric
    operator: str
    limit: float
    phase: str | None

    def holds(self, value: float) -> bool:
        return OPERATORS[self.operator](value, self.limit)

    def worse(self, one: float, other: float) -> bool:
        """Whether `one` is further on the wrong side than `other`."""
        if self.operator in ("<", "<="):
            return one > other
        if self.operator in (">", ">="):
            return one < other
        further = abs(one - self.limit) > abs(other - self.limit)
        return further if self.operator == "==" else not further


def parse(source: str) -> Threshold:
    """Raises UsageError that quotes the source and says what is allowed."""
    match = _FORM.fullmatch(source)
    if match is None:
        raise UsageError(
            f"the threshold {source!r} cannot be read",
            'write it like "http.p95 < 1s" or "http.errors < 1% during fault"',
        )
    metric = METRICS.get(match["metric"])
    if metric is None:
        raise UsageError(
            f"the threshold {source!r} names no known metric: {match['metric']!r}",
            f"choose from {', '.join(METRICS)}",
        )
    unit = match["unit"] or ""
    if unit not in UNITS[metric.unit]:
        raise UsageError(
            f"the threshold {source!r} has {'the unit ' + unit if unit else 'no unit'}",
            f"{metric.name} is measured in {' or '.join(repr(u) for u in UNITS[metric.unit])}",
        )
    text = re.split(r"\s+during\s+", source, maxsplit=1)[0].strip()
    return Threshold(text, metric, match["operator"], float(match["number"]) * UNITS[metric.unit][unit], match["phase"])
