"""Every drill catches its defects and passes on the clean target: the self-test, with the drills' times cut short."""

import os
from pathlib import Path

import pytest

import chaos.defects
from harness import discovery
from harness.cli.options import all_drills, all_probes, drill_named
from harness.cli.selftesting import defects_named, is_named_by
from harness.cli.stacks import opener_for
from harness.conductor import Conducted, conduct
from harness.defect import Defect
from harness.drill import Drill
from harness.errors import NotApplicable
from harness.finding import Verdict
from harness.progress.base import Progress
from harness.settings import Settings
from tests.conductor.harnesses import Remains
from tests.conductor.short import shortened

SCALE = 0.35
DEFECTS = defects_named(discovery.names(chaos.defects))


async def played(drill: Drill, settings: Settings, defect: Defect | None = None) -> Conducted:
    """Skips what this machine has not the tools for, except in CI, which must have them."""
    opener = opener_for(drill, "embedded", settings, "test", defect)
    try:
        return await conduct(shortened(drill, SCALE), opener, settings, Progress(), 3, defect.name if defect else None)
    except NotApplicable as why:
        if "CI" in os.environ:
            raise
        pytest.skip(str(why))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
async def test_a_defect_is_caught_by_the_check_that_must_catch_it(defect: Defect, tmp_path: Path) -> None:
    drill = drill_named(defect.drill)
    settings = Settings(runs=str(tmp_path))
    done = await played(drill, settings, defect)
    failed = [finding for finding in done.verdict.findings if finding.verdict is Verdict.FAIL]
    assert any(is_named_by(defect.caught_by, finding) for finding in failed), done.verdict
    assert done.verdict.verdict is Verdict.FAIL


@pytest.mark.parametrize("drill", [*all_drills(), *all_probes()], ids=lambda drill: drill.name)
async def test_the_clean_target_passes(drill: Drill, tmp_path: Path) -> None:
    remains = Remains()
    settings = Settings(runs=str(tmp_path))
    done = await played(drill, settings)
    bad = [finding for finding in done.verdict.findings if finding.verdict is not Verdict.PASS]
    assert not bad
    recorded = {"requests", "writes.jsonl", "timeline.png"} if drill.loads else {"observations.jsonl"}
    assert {path.name for path in done.folder.iterdir()} >= recorded | {
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
    remains.none_after(0.5)


def test_every_drill_has_a_defect_that_it_must_catch() -> None:
    assert {defect.drill for defect in DEFECTS} == {drill.name for drill in (*all_drills(), *all_probes())}
