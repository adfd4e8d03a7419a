"""breaker: closed, open, half open, closed again, of each instance by itself, as far and as long as is stated."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from harness.checks.base import Check
from harness.clock import nanoseconds, seconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import FaultSpan, Run, StateChanged

BY, ROLE, SAMPLED = "breaker", "app", "breaker_state"
CLOSED, HALF_OPEN, OPEN = "closed", "half_open", "open"
WINDOW_S = 10.0
SEEN_S = 0.5
"""How late, at most, a change is seen: it is sampled every 0.2 s, on a machine that may be busy."""

FAILED = 500
REFUSED = 503
"""What callers are answered while it is open: they say nothing of the service."""


class Opening(NamedTuple):
    """One time in open, in ns: `ended` None where it lasted to the end of the recording."""

    began: int
    ended: int | None


class Course(NamedTuple):
    """Of one instance's breaker. `failed_percent` is of its calls in the 10 s before it first opened."""

    name: str
    began_closed: bool
    changes: list[StateChanged]
    openings: list[Opening]
    failed_percent: float | None


class Breaker(Check, tag="breaker", frozen=True, kw_only=True):
    """Every instance's breaker was closed before the fault; opened in its course, not before `percent` of its calls of
    the last 10 s had failed (less `leeway`); was open for `open_s` each time, and at most `longer_s` longer, until the
    next call came; was half open then; and after the fault closed for good, at most `closes_within` after it was gone.

    Calls are the requests whose name begins with `requests`, as the instance answered them.
    """

    open_s: float
    closes_within: float
    percent: float = 50.0
    leeway: float = 10.0
    longer_s: float = 1.5
    requests: str = "POST /ai/"

    def __post_init__(self) -> None:
        if not self.open_s > 0:
            raise UsageError(f"a breaker cannot be open for {self.open_s:g} s", "use more than 0")
        if not 0 < self.percent <= 100:
            raise UsageError(f"a breaker cannot open at {self.percent:g} %", "use 0 < percent <= 100")

    @property
    def waits_s(self) -> float:
        return math.inf

    def describe(self) -> str:
        return f"each breaker opens at {self.percent:g} % errors, for {self.open_s:g} s, tries, and closes again"

    def __call__(self, run: Run) -> Finding:
        instances = sorted({one for role, one, metric in run.gauges.sampled() if (role, metric) == (ROLE, SAMPLED)})
        fault = run.first_felt
        if fault is None or fault.gone is None:
            return self._about(Verdict.INCONCLUSIVE, "no fault was felt and gone, so no breaker had to open", None)
        if not instances:
            return self._about(Verdict.INCONCLUSIVE, "no instance's breaker was sampled", None)
        if unseen := sorted(set(run.plan.stack.members.get(ROLE, ())) - set(instances)):
            return self._about(Verdict.INCONCLUSIVE, f"the breaker of {', '.join(unseen)} was not sampled", None)
        courses = [self._course(run, name) for name in instances]
        wrong = {course.name: why for course in courses if (why := next(self._complaints(run, fault, course), None))}
        if wrong:
            return self._about(Verdict.FAIL, "; ".join(f"{name} {why}" for name, why in wrong.items()), None)
        text, opened_after = _told(fault, courses)
        return self._about(Verdict.PASS, text, opened_after)

    def _course(self, run: Run, name: str) -> Course:
        changes = [event for event in run.events_of(StateChanged) if (event.by, event.subject) == (BY, name)]
        openings = [
            Opening(change.t, changes[number + 1].t if number + 1 < len(changes) else None)
            for number, change in enumerate(changes)
            if change.after == OPEN
        ]
        failed = self._failed_percent(run, name, openings[0].began) if openings else None
        return Course(name, run.gauges.series(ROLE, name, SAMPLED).value[0] == 0, changes, openings, failed)

    def _failed_percent(self, run: Run, name: str, until: int) -> float | None:
        """Of the calls that an instance answered in the 10 s before; None where it answered none."""
        calls = run.requests.where(run.requests.instance.equal(name) & run.requests.name.beginning(self.requests))
        last = (calls.finished > until - nanoseconds(WINDOW_S)) & (calls.finished <= until)
        meant = calls.where(last & (calls.status != REFUSED))
        return 100 * float((meant.status >= FAILED).mean()) if len(meant) else None

    def _complaints(self, run: Run, fault: FaultSpan, course: Course) -> Iterator[str]:
        """What an instance's breaker did not do as it should, the first thing first."""
        changes = course.changes
        if not course.began_closed or any(change.t < fault.asked for change in changes):
            yield "was not closed before the fault"
        if not course.openings:
            yield "never opened"
            return
        if course.failed_percent is not None and course.failed_percent < self.percent - self.leeway:
            yield f"opened when {course.failed_percent:.0f} % of its calls had failed, and not {self.percent:g} %"
        for opening in course.openings:
            rest = seconds((opening.ended or run.end) - opening.began)
            if rest > self.open_s + self.longer_s:
                yield f"was open for {rest:.1f} s at a time, and not for {self.open_s:g} s"
            if opening.ended is not None and rest < self.open_s - SEEN_S:
                yield f"tried again after {rest:.1f} s, and not after {self.open_s:g} s"
        if not any(change.after == HALF_OPEN for change in changes):
            yield "was never half open"
        if changes[-1].after != CLOSED:
            yield f"was {changes[-1].after.replace('_', ' ')} at the end"
        took = seconds(changes[-1].t - (fault.gone or run.end))
        if took > self.closes_within:
            yield f"closed {took:.1f} s after {fault.fault} was gone, and not within {self.closes_within:g} s"

    def _about(self, verdict: Verdict, evidence: str, opened_after: float | None) -> Finding:
        threshold = f"{self.percent:g} %, {self.open_s:g} s"
        return self.found(
            verdict, evidence, subject="breakers", value=opened_after, unit="s until all were open", threshold=threshold
        )


def _told(fault: FaultSpan, courses: list[Course]) -> tuple[str, float]:
    """How they all did as they should, and after how many seconds all of them were open."""
    after = {course.name: seconds(course.openings[0].began - (fault.felt or fault.asked)) for course in courses}
    rests = [seconds(one.ended - one.began) for course in courses for one in course.openings if one.ended]
    trials = sum(change.after == HALF_OPEN for course in courses for change in course.changes)
    closed = [seconds(course.changes[-1].t - (fault.gone or 0)) for course in courses]
    failed = [course.failed_percent for course in courses if course.failed_percent is not None]
    text = ", ".join(f"{name} opened after {took:.1f} s" for name, took in after.items())
    text += f" ({max(after.values()) - min(after.values()):.1f} s apart)"
    if failed:
        text += f", when {min(failed):.0f} to {max(failed):.0f} % of the calls had failed"
    text += f"; open for {min(rests):.1f} to {max(rests):.1f} s at a time, {trials} trials"
    text += f"; the last closed {max(*closed, 0.0):.1f} s after {fault.fault} was gone"
    return text, max(after.values())
