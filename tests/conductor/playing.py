"""Drills and probes as the self-test plays them, with the drills' times cut short; and what must come of that."""

from pathlib import Path

from harness.cli.selftesting import is_named_by
from harness.cli.stacks import opener_for
from harness.conductor import Conducted, conduct
from harness.defect import Defect
from harness.drill import Drill
from harness.finding import Verdict, VerdictDocument
from harness.progress.base import Progress
from harness.run import Run
from harness.settings import Settings
from tests.conductor.short import shortened

SEED = 3
RECORDED = {
    "run.json",
    "events.jsonl",
    "gauges.arrow",
    "journal.jsonl",
    "logs",
    "verdict.json",
    "report.html",
    "junit.xml",
    "summary.md",
}


async def played(drill: Drill, stack: str, scale: float, runs: Path, defect: Defect | None = None) -> Conducted:
    """Raises NotApplicable where a stack of this kind, or this machine, has not what the drill wants.

    With a defect nobody looks at the report, which takes longer to draw than a probe to ask.
    """
    settings = Settings(runs=str(runs))
    opener = opener_for(drill, stack, settings, "test", defect)
    if defect is None:
        return await conduct(shortened(drill, scale), opener, settings, Progress(), SEED)
    short = shortened(drill, scale * defect.scale)
    return await conduct(short, opener, settings, Progress(), SEED, defect.name, _show_nothing)


def _show_nothing(run: Run, verdict: VerdictDocument, folder: Path) -> None: ...


def must_be_clean(drill: Drill, done: Conducted) -> None:
    """Every finding passes, and everything was recorded."""
    assert [finding for finding in done.verdict.findings if finding.verdict is not Verdict.PASS] == []
    recorded = {"requests", "writes.jsonl", "timeline.png"} if drill.loads else {"observations.jsonl"}
    assert {path.name for path in done.folder.iterdir()} >= recorded | RECORDED


def must_be_caught(defect: Defect, done: Conducted) -> None:
    """By the check that must catch it."""
    failed = [finding for finding in done.verdict.findings if finding.verdict is Verdict.FAIL]
    assert any(is_named_by(defect.caught_by, finding) for finding in failed), done.verdict
    assert done.verdict.verdict is Verdict.FAIL
