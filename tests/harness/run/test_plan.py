"""run.json: what cannot be read is wrong usage, and says why."""

from pathlib import Path

import msgspec
import pytest

from harness.errors import UsageError
from harness.run import SCHEMA, PlannedLoad, Run, RunPlan
from tests.builders import plan_of

WHERE = "name a folder that `harness` wrote, for example one under runs/"


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(claims=("RES-KILL",))
    plan.write(tmp_path)
    assert RunPlan.read(tmp_path) == plan
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_writing_again_replaces_the_plan(tmp_path: Path) -> None:
    plan_of().write(tmp_path)
    again = msgspec.structs.replace(plan_of(), seed=8)
    again.write(tmp_path)
    assert RunPlan.read(tmp_path).seed == 8


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    # What else a newer plan holds is nobody's guess: only its number must be readable.
    (tmp_path / "run.json").write_text(f'{{"schema": {SCHEMA + 1}, "else": "unknown"}}')
    with pytest.raises(UsageError) as error:
        Run.open(tmp_path)
    file = tmp_path / "run.json"
    assert str(error.value) == (
        f"{file} has schema {SCHEMA + 1}, this harness reads up to {SCHEMA}: upgrade the harness"
    )


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        Run.open(tmp_path)
    assert str(error.value) == f"{tmp_path} is not a run's folder (run.json: No such file or directory): {WHERE}"


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("")
    with pytest.raises(UsageError, match=r"report\.html is not a run's folder \(run\.json: Not a directory\)"):
        Run.open(file)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "one"}', f'{{"schema": {SCHEMA}}}', "\xff"])
def test_a_plan_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"run\.json cannot be read: ") as error:
        Run.open(tmp_path)
    assert error.value.todo == WHERE


def test_a_load_reads_as_one_would_say_it() -> None:
    assert str(PlannedLoad(scenario="browse", rate=40)) == "browse at 40/s"
    assert str(PlannedLoad(scenario="chat", users=60)) == "chat × 60"
