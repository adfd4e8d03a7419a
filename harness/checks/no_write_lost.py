"""no-write-lost: the ledger of writes against what is stored."""

from typing import ClassVar

from harness.checks.base import Check
from harness.finding import Finding, Verdict
from harness.run import Outcome, Run, Write

SHOWN = 5


class NoWriteLost(Check, tag="no-write-lost", frozen=True, kw_only=True):
    """Every acknowledged write is there exactly once, in SQL and through the API; no write is there twice.

    A write without a clear answer may be there once or not at all. A refused one must not be there.
    """

    beyond_repair: ClassVar[bool] = True

    def describe(self) -> str:
        return "no acknowledged write lost, none doubled"

    def __call__(self, run: Run) -> Finding:
        acknowledged = [write for write in run.writes if write.outcome is Outcome.ACKNOWLEDGED]
        unread = [write for write in run.writes if write.stored is None or (write.path and write.served is None)]
        if not acknowledged:
            return self._found(Verdict.INCONCLUSIVE, f"none of {len(run.writes)} writes was acknowledged", None)
        lost = [write for write in acknowledged if write.stored == 0 or write.served is False]
        doubled = [write for write in run.writes if write.stored is not None and write.stored > 1]
        undead = [write for write in run.writes if write.outcome is Outcome.REFUSED and write.stored]
        unclear = sum(write.outcome is Outcome.INDETERMINATE for write in run.writes)
        text = f"{len(acknowledged):,} writes acknowledged, {len(lost)} lost, {len(doubled)} doubled"
        text += f", {len(undead)} refused but stored, {unclear} without a clear answer"
        wrong = [
            (f"{len(writes)} of {len(of):,} {kind} {what}, sent {_when(run, writes)}", f"{what}: {_list(run, writes)}")
            for what, kind, writes, of in (
                ("lost", "acknowledged writes", lost, acknowledged),
                ("doubled", "writes", doubled, run.writes),
                ("refused but stored", "writes", undead, run.writes),
            )
            if writes
        ]
        if wrong:
            sums, names = zip(*wrong, strict=True)
            told = (*sums, f"{unclear} without a clear answer", *names)
            return self._found(Verdict.FAIL, "; ".join(told), float(len(lost)))
        if unread:
            return self._found(Verdict.INCONCLUSIVE, f"{len(unread)} writes were not read back; {text}", None)
        return self._found(Verdict.PASS, text, 0.0)

    def _found(self, verdict: Verdict, evidence: str, lost: float | None) -> Finding:
        return self.found(verdict, evidence, subject="writes.lost", value=lost, threshold="== 0")


def _when(run: Run, writes: list[Write]) -> str:
    first, last = (f"{run.since_begin(pick(write.sent for write in writes)):.2f} s" for pick in (min, max))
    return f"at {first}" if first == last else f"between {first} and {last}"


def _list(run: Run, writes: list[Write]) -> str:
    shown = [f"{write.key} (sent at {run.since_begin(write.sent):.2f} s)" for write in writes[:SHOWN]]
    return ", ".join(shown) + (" …" if len(writes) > SHOWN else "")
