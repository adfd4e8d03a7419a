"""scales: twice the instances serve nearly twice as much."""

import numpy as np

from harness.checks.base import Check
from harness.checks.generator import ROLE, limited
from harness.checks.usl import Fitted, Floats, fitted
from harness.clock import nanoseconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, Span

SETTLES_S = 1.0
"""What was under way when an instance left is answered by the others."""

WINDOW_S = 0.5
FEWEST = 6
SATURATED_PERCENT = 90.0
BUSY_PERCENT = 80.0
"""How much of the clients' time must be waiting for answers, or they ask for less than can be had."""


class Scales(Check, tag="scales", frozen=True, kw_only=True):
    """`phases` have one instance, two, three and so on, each of them with more to do than it can. Together the most of
    them serve at least `least_percent` of as many times what one serves.

    It never passes where this machine's cores were used up: then they were the limit, and not the target.
    """

    least_percent: float = 70.0
    phases: tuple[str, ...] = ("one", "two", "three")

    def __post_init__(self) -> None:
        if not 0 < self.least_percent < 100:
            raise UsageError(f"{self.least_percent:g} % is no efficiency to ask for", "use more than 0, less than 100")
        if len(self.phases) < 2:
            raise UsageError("one phase shows no scaling", "name two or more, the one with a single instance first")

    def describe(self) -> str:
        return f"{len(self.phases)} instances serve at least {self.least_percent:g} % of {len(self.phases)} times one"

    def __call__(self, run: Run) -> Finding:
        spans = self._spans(run)
        if not spans:
            return self._about(Verdict.INCONCLUSIVE, f"not every one of {', '.join(self.phases)} took place", None)
        if why := limited(run, spans):
            return self._about(Verdict.INCONCLUSIVE, why, None)
        samples = self.throughputs(run)
        if not samples:
            return self._about(Verdict.INCONCLUSIVE, "too little was answered, or for too short a time", None)
        found = fitted(tuple(range(1, len(spans) + 1)), samples)
        text = self._words(samples, found)
        why = next((limit for span in spans if (limit := _other_limit(run, span))), None)
        least, within = self.least_percent / 100, found.efficiency_within
        if why is None and within.low < least <= within.high:
            why = "too short or too noisy to tell"
        if why is not None:
            return self._about(Verdict.INCONCLUSIVE, f"{why}; {text}", found)
        return self._about(Verdict.PASS if within.low >= least else Verdict.FAIL, text, found)

    def throughputs(self, run: Run) -> tuple[Floats, ...]:
        """By one instance, two and so on: good answers a second, in each window. None of them without enough of all."""
        samples = tuple(_throughput(run, span) for span in self._spans(run))
        return () if any(len(some) < FEWEST or not some.mean() for some in samples) else samples

    def _spans(self, run: Run) -> list[Span]:
        """The phases, the one with a single instance first; none when one of them did not take place."""
        spans = [span for phase in self.phases for span in run.spans_of(phase)[:1]]
        return spans if len(spans) == len(self.phases) else []

    def _words(self, samples: tuple[Floats, ...], found: Fitted) -> str:
        rates = ", ".join(f"{some.mean():.1f}/s" for some in samples)
        usl = found.usl
        return (
            f"{rates} by 1 to {len(samples)} instances; efficiency {found.efficiency:.0%}, 95 % CI"
            f" {found.efficiency_within.low:.0%} to {found.efficiency_within.high:.0%}; Universal Scalability Law:"
            f" {usl.rate:.1f}/s by one, contention {usl.sigma:.3f} ({found.sigma.low:.3f} to {found.sigma.high:.3f}),"
            f" coherency {usl.kappa:.3f} ({found.kappa.low:.3f} to {found.kappa.high:.3f})"
        )

    def _about(self, verdict: Verdict, evidence: str, found: Fitted | None) -> Finding:
        value = None if found is None else 100 * found.efficiency
        return self.found(verdict, evidence, value=value, unit="%", threshold=f">= {self.least_percent:g} %")


def _other_limit(run: Run, span: Span) -> str | None:
    """What else than the instances held throughput down in a phase."""
    used, has = _used_percent(run, span), 100.0 * run.plan.host.cpus
    if used is None:
        return f"nothing tells how much of this machine's cores was used in {span.name}"
    if used > has * SATURATED_PERCENT / 100:
        return f"this machine's cores are the limit: {used:.0f} % of {has:.0f} % were used in {span.name}"
    busy = _busy_percent(run, span)
    if busy < BUSY_PERCENT:
        return f"the load was too little: clients waited for answers {busy:.0f} % of the time in {span.name}"
    return None


def _throughput(run: Run, span: Span) -> Floats:
    edges = np.arange(span.begin + nanoseconds(SETTLES_S), span.end, nanoseconds(WINDOW_S))
    if len(edges) < 2:
        return np.array([], dtype=float)
    counts, _ = np.histogram(run.requests.finished[run.requests.ok], edges)
    rates: Floats = counts / WINDOW_S
    return rates


def _used_percent(run: Run, span: Span) -> float | None:
    """Of one core, by everything that was sampled; None where the generator alone told."""
    used: dict[tuple[str, str], float] = {}
    for role, subject, metric in run.gauges.sampled():
        if metric == "cpu_percent":
            value = run.gauges.series(role, subject, metric).between(span.begin, span.end).value
            if len(value):
                used[role, subject] = float(value.mean())
    return sum(used.values()) if any(role != ROLE for role, _ in used) else None


def _busy_percent(run: Run, span: Span) -> float:
    """How much of their time users waited for answers; an open load waits for nothing, and is taken at its word."""
    users = sum(load.users or 0 for load in run.plan.drill.loads)
    if not users or not span.seconds:
        return 100.0
    requests = run.requests
    begun, ended = np.maximum(requests.started, span.begin), np.minimum(requests.finished, span.end)
    return 100 * float(np.maximum(ended - begun, 0).sum()) / 1e9 / (users * span.seconds)
