"""recording: what the verdict rests on is there, whole, and no server died on its own."""

from typing import ClassVar

from harness.checks.base import Check
from harness.checks.watched import blind
from harness.finding import Finding, Verdict
from harness.run import Interfered, Noted, Run, ServerExited


class RecordingWhole(Check, tag="recording", frozen=True, kw_only=True):
    """Requests were recorded to the end, in every planned phase, the servers were watched all the time, and nobody
    reported a problem with measuring.
    """

    implicit: ClassVar[bool] = True
    fails: ClassVar[bool] = False

    def describe(self) -> str:
        return "the recording is whole"

    def __call__(self, run: Run) -> Finding:
        planned = [phase.name for phase in run.plan.drill.timeline]
        missing = [name for name in dict.fromkeys(planned) if name not in run.phases]
        problems = [note.text for note in run.events_of(Noted) if note.problem]
        problems += [event.text for event in run.events_of(Interfered)]
        reasons = []
        asked = run.plan.drill.only_asks
        if asked and not run.observations:
            reasons.append("nothing was observed")
        elif asked:
            pass
        elif not len(run.requests):
            reasons.append("no request was recorded")
        elif not len(run.played):
            reasons.append("no request was sent once the clients had logged in")
        elif not run.played.ok.any():
            reasons.append("no request was answered")
        if not run.whole:
            reasons.append("the recording was cut short")
        if missing:
            reasons.append(f"these phases did not take place: {', '.join(missing)}")
        reasons += blind(run)
        reasons += problems
        count = float(len(run.observations) if asked else len(run.requests))
        what = "observations" if asked else "requests"
        if reasons:
            return self.found(Verdict.INCONCLUSIVE, "; ".join(reasons), value=count, unit=what)
        return self.found(Verdict.PASS, f"{count:,.0f} {what} recorded to the end", value=count, unit=what)


class ServersSurvived(Check, tag="survived", frozen=True, kw_only=True):
    """No server of the stack ended unless a fault or the stop asked for it."""

    implicit: ClassVar[bool] = True

    def describe(self) -> str:
        return "no server died on its own"

    def __call__(self, run: Run) -> Finding:
        if not run.spans:
            return self.found(Verdict.INCONCLUSIVE, "no phase took place, so no server was watched")
        died = [event for event in run.events_of(ServerExited) if not event.expected]
        if died:
            first = died[0]
            text = f"{first.subject} ended by itself at {run.since_begin(first.t):.1f} s: {first.status}"
            return self.found(Verdict.FAIL, text, subject=first.subject, value=float(len(died)), unit="servers")
        return self.found(Verdict.PASS, "no server ended unless it was asked to", value=0.0, unit="servers")
