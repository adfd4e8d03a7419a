from pathlib import Path

import pytest

import reports
from harness.checks.judge import judge, write_verdict
from harness.conductor import Drawing
from harness.finding import VerdictDocument
from harness.run import Run
from tests.builders import phase, record, steady


def judged(folder: Path) -> tuple[Run, VerdictDocument, Path]:
    folder.mkdir()
    record(folder, phase("baseline", 0, 2), steady(0, 2))
    run = Run.open(folder)
    verdict = judge(run)
    write_verdict(folder, verdict)
    return run, verdict, folder


async def test_reports_drawn_beside_are_those_that_are_drawn_here(tmp_path: Path) -> None:
    judged_runs = [judged(tmp_path / name) for name in ("first", "second")]
    drawing = Drawing()
    for each in judged_runs:
        drawing.show(*each)
    await drawing.finished()
    assert drawing.failed == []
    for run, verdict, folder in judged_runs:
        beside = {file: (folder / file).read_bytes() for file in ("junit.xml", "summary.md", "timeline.png")}
        drawn = [file.name for file in reports.render(run, verdict, folder)]
        assert "report.html" in drawn
        assert beside == {file: (folder / file).read_bytes() for file in beside}


async def test_what_cannot_be_drawn_is_told_and_the_next_is_drawn_all_the_same(tmp_path: Path) -> None:
    run, verdict, folder = judged(tmp_path / "first")
    (folder / "verdict.json").unlink()
    drawing = Drawing()
    drawing.show(run, verdict, folder)
    drawing.show(*judged(tmp_path / "second"))
    await drawing.finished()
    assert len(drawing.failed) == 1
    assert "first" in drawing.failed[0]
    assert "has not been judged" in drawing.failed[0]
    assert (tmp_path / "second" / "report.html").exists()


async def test_nothing_to_draw_is_finished_at_once() -> None:
    await Drawing().finished()


async def test_what_draws_is_begun_anew_when_it_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.conductor.drawing.COMMAND", ("sh", "-c", "read folder; kill -9 $$"))
    drawing = Drawing()
    for name in ("first", "second"):
        drawing.show(*judged(tmp_path / name))
    await drawing.finished()
    assert [("first" in text, "status -9" in text) for text in drawing.failed] == [(True, True), (False, True)]
