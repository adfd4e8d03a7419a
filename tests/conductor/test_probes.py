"""A probe from its first question to its verdict: what it saw, and how it can end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.checks.observed import Observed
from harness.cli.stacks import opener_for
from harness.conductor import conduct
from harness.defect import Defect
from harness.drill import Ask, Drill
from harness.errors import Interrupted, NotApplicable, StackError
from harness.finding import Finding, Verdict
from harness.probe import probe
from harness.prober import Prober
from harness.progress.base import Progress
from harness.run import Noted, Run
from harness.settings import Settings
from harness.stack import Stack
from harness.stacks.plan import StackPlan
from harness.uncancelled import INTERRUPTION

EXPECTED = (Observed(of="answers", equals=1),)


def files_probe(ask: Ask, patience_s: float = 20.0) -> Drill:
    return probe(title="A probe", ask=ask, expect=EXPECTED, needs_stack=False, patience_s=patience_s)


async def run(drill: Drill, folder: Path, defect: Defect | None = None) -> tuple[Run, dict[str, Finding]]:
    settings = Settings(runs=str(folder))
    done = await conduct(drill, opener_for(drill, "embedded", settings, "test", defect), settings, Progress(), 1)
    return Run.open(done.folder), {finding.check: finding for finding in done.verdict.findings}


async def test_an_interruption_stays_one_though_undoing_meets_trouble(tmp_path: Path) -> None:
    """Else the next drill would begin."""
    asking = asyncio.Event()

    async def ask(_: Prober) -> None:
        asking.set()
        await asyncio.Event().wait()

    drill, settings = files_probe(ask), Settings(runs=str(tmp_path))
    real = opener_for(drill, "embedded", settings, "test")

    @asynccontextmanager
    async def opener(*how: Any) -> AsyncIterator[Stack]:
        async with real(*how) as stack:
            try:
                yield stack
            finally:
                raise StackError("the daemon does not answer")

    task = asyncio.create_task(conduct(drill, opener, settings, Progress(), 1))
    await asking.wait()
    task.cancel(INTERRUPTION)
    with pytest.raises(Interrupted):
        await task


async def test_what_is_seen_before_something_is_missing_is_judged(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        prober.saw("answers", "no", 0)
        raise NotApplicable("there is no amtool", "install it")

    recording, findings = await run(files_probe(ask), tmp_path)
    assert findings["observed"].verdict is Verdict.FAIL
    assert any(
        "not everything could be asked: there is no amtool" in event.text for event in recording.events_of(Noted)
    )


async def test_what_it_saw_is_recorded_and_judged(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        prober.saw("answers", "yes", True, detail="as it should be")
        prober.saw("others", "a figure", 2.5, "s")

    recording, findings = await run(files_probe(ask), tmp_path)
    assert [(seen.case, seen.value, seen.unit) for seen in recording.observations] == [
        ("yes", 1, ""),
        ("a figure", 2.5, "s"),
    ]
    assert {finding.verdict for finding in findings.values()} == {Verdict.PASS}
    assert recording.phases == ["probe"]


async def test_one_that_breaks_off_is_inconclusive_and_says_why(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        prober.saw("answers", "yes", True)
        raise ZeroDivisionError("no canaries")

    _, findings = await run(files_probe(ask), tmp_path)
    assert findings["observed"].verdict is Verdict.PASS
    assert findings["recording"].verdict is Verdict.INCONCLUSIVE
    assert "ZeroDivisionError: no canaries" in findings["recording"].evidence


async def test_one_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def ask(prober: Prober) -> None:
        prober.saw("answers", "yes", True)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    _, findings = await run(files_probe(ask, patience_s=0.2), tmp_path)
    assert ended.is_set()
    assert "not everything had been asked after 0.2 s" in findings["recording"].evidence


async def test_one_that_saw_nothing_is_inconclusive(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        return

    _, findings = await run(files_probe(ask), tmp_path)
    assert findings["observed"].verdict is Verdict.INCONCLUSIVE
    assert findings["recording"].verdict is Verdict.INCONCLUSIVE


async def test_a_defect_changes_a_copy_of_the_files_and_never_the_project(tmp_path: Path) -> None:
    mark, seen = "a planted line", []

    async def ask(prober: Prober) -> None:
        seen.append(prober.files)
        prober.saw("answers", "planted", mark in (prober.files / "pyproject.toml").read_text())

    def spoil(project: Path) -> None:
        (project / "pyproject.toml").write_text(mark)

    defect = Defect(title="x", drill="y", caught_by="observed", spoil_files=spoil)
    _, findings = await run(files_probe(ask), tmp_path, defect)
    assert findings["observed"].verdict is Verdict.PASS
    assert mark not in Path("pyproject.toml").read_text()
    assert not seen[0].exists()


async def test_one_that_wants_a_stack_of_its_own_cannot_have_it_of_a_url(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        raise AssertionError("never asked")

    def tuned(plan: StackPlan) -> StackPlan:
        return plan

    drill = probe(title="A probe", ask=ask, expect=EXPECTED, on=tuned)
    with pytest.raises(NotApplicable, match="set up for it"):
        opener_for(drill, "http://127.0.0.1:1", Settings(runs=str(tmp_path)), "test")


async def test_looking_inside_is_not_applicable_where_there_is_no_inside(tmp_path: Path) -> None:
    async def ask(prober: Prober) -> None:
        await prober.sql("select 1")

    with pytest.raises(NotApplicable, match="looks inside"):
        await run(files_probe(ask), tmp_path)
