"""The gauges that moved when it went wrong: each against what it was before, the furthest first."""

from typing import NamedTuple

import numpy as np

from harness.run import Run, Series
from reports.gauges import per_second, unit_of
from reports.series import Floats

SHOWN = 8
FAR = 3.0
"""A gauge moved when it went so many times as far from its median as it had strayed before."""
STRAYS = {"%": 5.0, "ms": 5.0, "MiB": 4.0, "/s": 2.0, "": 0.5}
"""What no gauge's movement counts below, by unit: of 0.1 ms to 0.4 ms nobody learns anything."""
NEVER_TOLD = ("answers",)
ENOUGH = 3


class Moved(NamedTuple):
    """`before` is the median while all was well, `reached` the furthest from it, at `at` seconds."""

    who: str
    metric: str
    before: float
    reached: float
    unit: str
    at: float
    times: float

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"{self.who}, {self.metric}: from {self.before:,.4g}{unit} to {self.reached:,.4g}{unit} at {self.at:.1f} s"
        )


def moved(run: Run) -> list[Moved]:
    """Compares the time from the first phase that counts to the harm, with the time of the harm; empty where there was
    neither a fault nor a failed request, or no time before it.
    """
    harmed = harm(run)
    if harmed is None:
        return []
    begin, end = harmed
    calm = next((span.begin for span in run.spans if span.name != "warm-up"), run.begin)
    found = [
        one
        for role, subject, metric in run.gauges.sampled()
        if metric not in NEVER_TOLD and (one := _moved(run, role, subject, metric, calm, begin, end)) is not None
    ]
    return sorted(found, key=lambda one: (-one.times, one.who, one.metric))[:SHOWN]


def harm(run: Run) -> tuple[int, int] | None:
    """From when until when it went wrong, in ns: of the faults that were felt, else of the failed requests."""
    felt = [fault for fault in run.faults if fault.felt is not None]
    if felt:
        begins = [fault.felt for fault in felt if fault.felt is not None]
        return min(begins), max(run.end if fault.gone is None else fault.gone for fault in felt)
    failed = run.played.where(run.played.failed)
    return (int(failed.started.min()), int(failed.finished.max()) + 1) if len(failed) else None


def _moved(run: Run, role: str, subject: str, metric: str, calm: int, begin: int, end: int) -> Moved | None:
    series = run.gauges.series(role, subject, metric)
    if metric.endswith("_total"):
        series = per_second(series)
    name, unit, scale = unit_of(metric)
    before, after = _scaled(series.between(calm, begin), scale), series.between(begin, end)
    if len(before) < ENOUGH or not len(after.t):
        return None
    usual = float(np.median(before))
    strayed = max(float(np.max(np.abs(before - usual))), STRAYS[unit] / FAR, abs(usual) / 10)
    away = np.abs(_scaled(after, scale) - usual)
    furthest = int(np.argmax(away))
    times = float(away[furthest]) / strayed
    if times < FAR:
        return None
    at = run.since_begin(int(after.t[furthest]))
    who = f"{role} {subject}" if subject != role else role
    return Moved(who, name, usual, float(after.value[furthest]) / scale, unit, at, times)


def _scaled(series: Series, scale: float) -> Floats:
    values: Floats = series.value / scale
    return values
