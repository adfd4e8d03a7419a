"""own-writes: whoever has written reads it at once, whoever answers."""

from harness.checks.base import Check
from harness.clock import nanoseconds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run, Write

SHOWN = 5


class OwnWrites(Check, tag="own-writes", frozen=True, kw_only=True):
    """Each client that looked for what it had just written, and was answered, found it; at least `cases` of them.

    Left out, and told, is what was written while a fault was healed and within `settles_s` of its being gone: where
    instances find out one after the other that a cache is back, one may fill it while another cannot yet invalidate.
    """

    cases: int = 20
    settles_s: float = 0.0

    def __post_init__(self) -> None:
        if self.cases < 1:
            raise UsageError(f"{self.cases} looks for one's own writes prove nothing", "ask for 1 or more")

    def describe(self) -> str:
        but = f", but for {self.settles_s:g} s after a fault" if self.settles_s else ""
        return f"whoever has written reads it at once{but}"

    def __call__(self, run: Run) -> Finding:
        judged = [write for write in run.writes if write.reread is not None]
        unsettled = [write for write in judged if self._is_unsettled(run, write)]
        looked = [write for write in judged if not self._is_unsettled(run, write)]
        missing = [write for write in looked if not write.reread]
        if missing:
            shown = ", ".join(f"{one.key} (sent at {run.since_begin(one.sent):.2f} s)" for one in missing[:SHOWN])
            more = " …" if len(missing) > SHOWN else ""
            text = f"{len(missing)} of {len(looked):,} writes were not there for who had written them: {shown}{more}"
            return self._found(Verdict.FAIL, text, float(len(missing)))
        if len(looked) < self.cases:
            text = f"{len(looked)} of the {self.cases} writes that it takes were looked for by who had written them"
            return self._found(Verdict.INCONCLUSIVE, text, None)
        text = f"each of {len(looked):,} writes was there for who had written it"
        if unsettled:
            late = sum(not write.reread for write in unsettled)
            text += f"; of {len(unsettled)} at the end of a fault {late} were not"
        return self._found(Verdict.PASS, text, 0.0)

    def _is_unsettled(self, run: Run, write: Write) -> bool:
        return self.settles_s > 0 and any(
            fault.heal <= (write.answered or write.sent) < fault.gone + nanoseconds(self.settles_s)
            for fault in run.faults
            if fault.heal is not None and fault.gone is not None
        )

    def _found(self, verdict: Verdict, evidence: str, missing: float | None) -> Finding:
        return self.found(verdict, evidence, subject="writes.reread", value=missing, unit="not found", threshold="== 0")
