"""Discovery: a new thing is a new file."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness import discovery
from harness.errors import UsageError


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package of two things, something private, a folder, and a file that is no module."""
    package = tmp_path / "room_of_things"
    (package / "more").mkdir(parents=True)
    for name in ("__init__.py", "kill_it.py", "drop.py", "_private.py", "more/__init__.py", "notes.txt"):
        (package / name).write_text(f"NAME = {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("room_of_things")
    for name in [name for name in sys.modules if name.partition(".")[0] == "room_of_things"]:
        del sys.modules[name]


def test_names_are_those_of_the_files_as_people_type_them(room: ModuleType) -> None:
    assert discovery.names(room) == ["drop", "kill-it"]


def test_a_new_file_is_found_without_a_list_to_edit(room: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "room_of_things" / "a_new_one.py").write_text("NAME = 'new'\n")
    importlib.invalidate_caches()
    assert discovery.names(room) == ["a-new-one", "drop", "kill-it"]
    assert discovery.load(room, "a-new-one", "thing").NAME == "new"


def test_a_thing_is_loaded_by_its_typed_name(room: ModuleType) -> None:
    assert discovery.load(room, "kill-it", "thing").NAME == "kill_it.py"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("kill_it", "did you mean kill-it? "),
        ("kill", "did you mean kill-it? "),
        ("_private", ""),
        ("more", ""),
        ("", ""),
        ("drop.py", "did you mean drop? "),
        ("../drop", "did you mean drop? "),
    ],
)
def test_an_unknown_name_is_told_beside_the_known_ones(room: ModuleType, name: str, meant: str) -> None:
    with pytest.raises(UsageError) as error:
        discovery.load(room, name, "thing")
    assert str(error.value) == f"there is no thing named {name!r}: {meant}the things are: drop, kill-it"


def test_a_name_with_a_slip_is_guessed_and_a_long_list_is_left_to_its_command() -> None:
    known = [f"thing-{letter * 3}" for letter in "abcdefghijklmnop"]
    told = str(discovery.unknown("thing", "thing-aab", known, "house things"))
    assert "did you mean thing-aaa" in told
    assert told.endswith("? `house things` lists all 16")
    assert "did you mean" not in str(discovery.unknown("thing", "zzzz", known, "house things"))


def test_all_are_loaded_in_the_order_of_their_names(room: ModuleType) -> None:
    assert [module.NAME for module in discovery.load_all(room)] == ["drop.py", "kill_it.py"]
