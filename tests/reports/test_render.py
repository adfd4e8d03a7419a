"""The files: made from the folder alone, the same bytes each time, all or none."""

from collections.abc import Callable
from pathlib import Path

import pytest

import reports
from harness.checks.judge import judge
from harness.errors import HarnessError
from harness.finding import Verdict
from harness.run import EventLog, GaugeWriter, RequestWriter, Run
from reports import render
from tests.reports import runs
from tests.reports.probed import accepted, probed

FILES = ["report.html", "timeline.png", "junit.xml", "summary.md"]
RUNS = [runs.passing, runs.failing, runs.inconclusive, runs.cut_off, runs.empty, runs.hostile, probed, accepted]


@pytest.mark.parametrize("make", RUNS)
def test_every_run_can_be_rendered_even_an_empty_or_a_cut_one(make: Callable[[], Run], tmp_path: Path) -> None:
    run = make()
    verdict = judge(run)
    written = render(run, verdict, tmp_path)
    files = [*FILES, "postmortem.md"] if verdict.verdict is Verdict.FAIL else [*FILES]
    if run.plan.drill.only_asks:
        # There is no load to draw.
        files.remove("timeline.png")
    assert written == [tmp_path / name for name in files]
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(files)
    assert all(file.stat().st_size > 500 for file in written)
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in written if file.suffix == ".png")


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one" / "run", tmp_path / "two" / "run"]
    for folder in folders:
        folder.mkdir(parents=True)
        run = runs.failing()
        render(run, judge(run), folder)
    for name in (*FILES, "postmortem.md"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_a_folder_is_all_that_it_takes(tmp_path: Path) -> None:
    write(runs.KillInstance(), tmp_path)
    run = Run.open(tmp_path)
    page, *_ = render(run, judge(run), tmp_path)
    text = page.read_text()
    assert "2,004 requests" in text
    assert "lb saw app-2 go from UP to DOWN" in text
    assert f"harness report {tmp_path}" in text


def test_a_writer_that_raises_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError("no summary")

    (tmp_path / "report.html").write_text("the one before")
    monkeypatch.setattr(reports, "summary", broken)
    run = runs.empty()
    with pytest.raises(ValueError, match="no summary"):
        render(run, judge(run), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "the one before"


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    run = runs.empty()
    with pytest.raises(HarnessError, match=r"cannot be written to .*missing"):
        render(run, judge(run), tmp_path / "missing")


def write(recording: runs.KillInstance, folder: Path) -> None:
    """The recording as the conductor and the load process would have left it."""
    runs.plan().write(folder)
    requests, gauges, events = RequestWriter(folder, "load-1"), GaugeWriter(folder), EventLog(folder)
    for request in recording.requests():
        requests.add(request)
    for sample in sorted(recording.samples()):
        gauges.add(sample)
    for event in recording.events():
        events.add(event)
    for writer in (requests, gauges, events):
        writer.close()
