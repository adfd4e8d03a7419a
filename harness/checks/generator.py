"""generator: the load generator judges itself. Past its limits, no latency of that phase counts."""

import math
from collections.abc import Sequence
from typing import ClassVar

from harness.checks.base import Check
from harness.finding import Finding, Verdict
from harness.run import Run, Span

ROLE = "generator"
PLAYED_AT_LEAST = 0.95
TOLD_EVERY_S = 0.25
LONGEST_SILENCE_S = 1.0
"""A generator tells of itself every quarter of a second."""

EVEN, UNEVEN_SIGMAS = "constant", 4.0

NOT_SENT = ("Cannot assign requested address", "Too many open files", "No buffer space available")
"""What the generator's own system says where it has no port, descriptor or buffer left to send from."""

LATE_SHARE_ALLOWED = 1.0
"""Per cent of arrivals that may start later than the limit: the limit is on the 99th percentile of the lag."""

BROKE_OFF_SHARE_ALLOWED = 1.0
"""Per cent of arrivals whose task may raise in the middle: what it would have asked is in no recording."""


class GeneratorKeptPace(Check, tag="generator", frozen=True, kw_only=True):
    """Arrivals started when they were due, all of them, and the generator's own CPU was not the limit."""

    implicit: ClassVar[bool] = True
    fails: ClassVar[bool] = False

    def describe(self) -> str:
        return "the load generator kept to its schedule"

    def __call__(self, run: Run) -> Finding:
        threshold = f"p99 lag < {run.plan.limits.lag_p99_ms:g} ms, CPU < {run.plan.limits.cpu_percent:g} %"
        if run.plan.drill.only_asks:
            return self.found(Verdict.PASS, "no load was planned", threshold=threshold)
        why = trouble(run, run.spans)
        lags = [run.gauges.series(ROLE, subject, "lag_max_ms").value for subject in _subjects(run)]
        worst = max((float(lag.max()) for lag in lags if len(lag)), default=None)
        if why:
            return self.found(Verdict.INCONCLUSIVE, why, value=worst, unit="ms", threshold=threshold)
        arrivals = sum(float(run.gauges.series(ROLE, subject, "arrivals").value.sum()) for subject in _subjects(run))
        text = f"{arrivals:,.0f} arrivals, the latest started {worst or 0:.3g} ms after it was due"
        return self.found(Verdict.PASS, text, value=worst, unit="ms", threshold=threshold)


def limited(run: Run, spans: Sequence[Span], *, paced: bool = True) -> str | None:
    """What a check of these spans says where the generator spoilt them, or None where it did not. Not `paced` is what
    does not hang on when requests were sent, only on that they were.
    """
    why = (trouble if paced else _not_sent)(run, spans)
    return f"the load generator was the limit: {why}" if why else None


def trouble(run: Run, spans: Sequence[Span]) -> str | None:
    """Why the generator spoilt what was measured in these spans, or None when it did not.

    Requests that could not be sent are one reason. Others are in its own gauges: `arrivals`, `late`, `not_started`,
    `broke_off` (counts since the last sample), `cpu_percent`.
    """
    if why := _not_sent(run, spans):
        return why
    subjects = _subjects(run)
    if not subjects:
        return "the load generator recorded nothing about itself"
    return next((why for span in spans if (why := _trouble_in(run, subjects, span))), None)


def _not_sent(run: Run, spans: Sequence[Span]) -> str | None:
    """Why requests of these spans failed before the target could have anything to do with it, or None."""
    for span in spans:
        for error, count in run.in_span(span).error.counts().items():
            if any(words in error for words in NOT_SENT):
                return f"{count:,} requests in {span.name} could not be sent: {error}"
    return None


def _trouble_in(run: Run, subjects: Sequence[str], span: Span) -> str | None:
    limits = run.plan.limits
    total = late = refused = broke_off = 0.0
    for subject in subjects:
        told = run.gauges.series(ROLE, subject, "arrivals").between(span.begin, span.end).t
        if not len(told) and span.seconds > LONGEST_SILENCE_S:
            return f"{subject} recorded nothing about itself in {span.name}"
        total += _sum(run, subject, "arrivals", span)
        late += _sum(run, subject, "late", span)
        refused += _sum(run, subject, "not_started", span)
        broke_off += _sum(run, subject, "broke_off", span)
        cpu = run.gauges.series(ROLE, subject, "cpu_percent").between(span.begin, span.end).value
        if len(cpu) and float(cpu.mean()) > limits.cpu_percent:
            return f"{subject} used {cpu.mean():.0f} % of a core in {span.name}"
    # Told every quarter of a second, so that a tick at either end may count for the neighbour.
    planned = run.plan.drill.due(span.name, span.seconds)
    least = PLAYED_AT_LEAST * run.plan.drill.due(span.name, span.seconds - 2 * TOLD_EVERY_S)
    if any(load.arrivals != EVEN for load in run.plan.drill.loads):
        # Uneven ones come in no exact number: so far off is one run in thirty thousand.
        least -= UNEVEN_SIGMAS * math.sqrt(planned)
    late_share = 100 * late / total if total else 0.0
    reasons = (
        (total + refused < least, f"{total:,.0f} arrivals in {span.name}, where {planned:,.0f} were planned"),
        (
            late_share > LATE_SHARE_ALLOWED,
            f"{late_share:.1f} % of arrivals in {span.name} started over {limits.lag_p99_ms:g} ms late",
        ),
        (
            100 * broke_off > BROKE_OFF_SHARE_ALLOWED * total,
            f"{broke_off:,.0f} tasks of clients broke off in {span.name}: why is in logs/load-….log",
        ),
        (
            100 * refused > limits.not_started_percent * (total + refused),
            f"{refused:,.0f} arrivals in {span.name} were not started: too many clients were waiting",
        ),
    )
    return next((why for is_one, why in reasons if is_one), None)


def _subjects(run: Run) -> list[str]:
    return sorted({subject for role, subject, metric in run.gauges.sampled() if role == ROLE and metric == "arrivals"})


def _sum(run: Run, subject: str, metric: str, span: Span) -> float:
    return float(run.gauges.series(ROLE, subject, metric).between(span.begin, span.end).value.sum())
