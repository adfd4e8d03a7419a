"""capacity: the highest rate at which the SLO is met, between one that meets it and one that does not."""

from typing import NamedTuple

import numpy as np

from harness.checks.base import Check
from harness.checks.generator import limited
from harness.checks.saturated import MACHINE, uses
from harness.checks.usl import Floats, Interval
from harness.clock import nanoseconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, Span

SETTLES_S, SETTLES_SHARE = 1.0, 0.25
"""At the beginning of a step what counts is still the step before: for a second, or a quarter of a short one."""

WINDOW_S = 0.5
FEWEST_WINDOWS, FEWEST_REQUESTS = 3, 20
RESAMPLES = 400
SEED = 1
NEAR_PERCENT, FULL_PERCENT = 50.0, 90.0


class Step(NamedTuple):
    """A stretch at one rate: how many per cent of its requests were answered well in time, with the 95 % interval."""

    span: Span
    rate: float
    percent: float
    within: Interval


class Capacity(Check, tag="capacity", frozen=True, kw_only=True):
    """The phases whose names begin with `steps` have rising rates. The highest of them at which `percent` of the
    requests are answered well within `served_within` seconds is `least_rate` a second or more.

    A rate meets that when even the lower end of the 95 % confidence interval does, and misses it when the upper end
    does. What is nearest to its limit at the rate that misses it is named; an instance may use `cpus` of one CPU.
    """

    least_rate: float
    served_within: float = 1.0
    percent: float = 95.0
    cpus: float = 1.0
    steps: str = "step-"

    def __post_init__(self) -> None:
        if not (self.least_rate > 0 and self.served_within > 0 and self.cpus > 0 and 0 < self.percent < 100):
            raise UsageError(
                f"{self.describe()!r} cannot be asked for", "use figures above 0, and less than 100 per cent"
            )

    def describe(self) -> str:
        return f"{self.percent:g} % are answered within {self.served_within:g} s at {self.least_rate:g}/s or more"

    def __call__(self, run: Run) -> Finding:
        met: Step | None = None
        missed: Step | None = None
        for span in run.spans:
            if not span.name.startswith(self.steps):
                continue
            if why := limited(run, [span]):
                return self._found(Verdict.INCONCLUSIVE, why, met)
            step = self._step(run, span)
            if step is None:
                text = f"{span.name} is too short, or had too few requests, to tell whether it met the SLO"
                return self._found(Verdict.INCONCLUSIVE, text, met)
            if step.within.high < self.percent:
                missed = step
                break
            if step.within.low >= self.percent:
                met = step
        return self._judged(run, met, missed)

    def _judged(self, run: Run, met: Step | None, missed: Step | None) -> Finding:
        if met is None and missed is None:
            text = f"no phase {self.steps}… took place, or none told"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        text = "none of the rates met the SLO" if met is None else f"the SLO was met at {self._words(met)}"
        if missed is None:
            text += ", and at no rate was it certainly missed"
        else:
            fullest = uses(run, missed.span, self.cpus)
            text += f", missed at {self._words(missed)}"
            near = [f"{use.what} {use.percent:.0f} %" for use in fullest[:3] if use.percent >= NEAR_PERCENT]
            text += f"; nearest to its limit there: {', '.join(near)}" if near else "; nothing watched was half used"
            of_the_machine = [use.percent for use in fullest if use.what == MACHINE]
            if not of_the_machine:
                return self._found(Verdict.INCONCLUSIVE, f"nothing tells how busy the machine was: {text}", met)
            if of_the_machine[0] >= FULL_PERCENT:
                return self._found(Verdict.INCONCLUSIVE, f"the machine was the limit: {text}", met)
        if met is not None and met.rate >= self.least_rate:
            return self._found(Verdict.PASS, text, met)
        if missed is not None and missed.rate <= self.least_rate:
            return self._found(Verdict.FAIL, text, met)
        return self._found(Verdict.INCONCLUSIVE, f"the steps are too coarse or too noisy to tell: {text}", met)

    def _step(self, run: Run, span: Span) -> Step | None:
        settles = nanoseconds(min(SETTLES_S, SETTLES_SHARE * span.seconds))
        requests = run.due_in(span.begin + settles, span.end)
        edges = np.arange(span.begin + settles, span.end + 1, nanoseconds(WINDOW_S))
        if len(edges) <= FEWEST_WINDOWS or len(requests) < FEWEST_REQUESTS:
            return None
        good = requests.ok & (requests.latency_s < self.served_within)
        sent, _ = np.histogram(requests.intended, edges)
        well, _ = np.histogram(requests.intended[good], edges)
        draw = np.random.default_rng(SEED).integers(0, len(sent), (RESAMPLES, len(sent)))
        shares: Floats = 100 * well[draw].sum(axis=1) / np.maximum(sent[draw].sum(axis=1), 1)
        low, high = np.percentile(shares, [2.5, 97.5])
        rate = run.plan.drill.due(span.name, span.seconds) / span.seconds
        return Step(span, rate, 100 * float(good.mean()), Interval(float(low), float(high)))

    def _words(self, step: Step) -> str:
        return (
            f"{step.rate:g}/s ({step.percent:.0f} % in time, 95 % CI {step.within.low:.0f} to {step.within.high:.0f})"
        )

    def _found(self, verdict: Verdict, evidence: str, met: Step | None) -> Finding:
        return self.found(
            verdict,
            evidence,
            value=None if met is None else met.rate,
            unit="/s",
            threshold=f">= {self.least_rate:g}/s",
        )
