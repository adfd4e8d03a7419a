"""Errors and exit statuses: what the code has, what its docstring says and what --help prints are one."""

import re
import subprocess
import sys

import pytest

from harness import errors
from harness.errors import ExitStatus, HarnessError, Interrupted


def kinds() -> list[type[HarnessError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HarnessError)]


def test_the_exit_statuses_are_public_and_do_not_change() -> None:
    assert {status.name: status.value for status in ExitStatus} == {
        "PASS": 0,
        "FAIL": 1,
        "USAGE": 2,
        "INCONCLUSIVE": 3,
        "STACK": 4,
        "INTERRUPTED": 130,
    }


def test_help_prints_every_exit_status_with_its_meaning() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    printed = re.findall(r"^ +(\d+) +(\S.*)$", done.stdout.partition("Exit status:")[2], re.MULTILINE)
    assert printed == [(str(status.value), status.meaning) for status in ExitStatus]


def test_the_docstring_s_tree_is_the_code_s() -> None:
    """A branch without a number has its parent's exit status."""
    assert errors.__doc__ is not None
    told: dict[str, tuple[str, int]] = {}
    parents = ["HarnessError"]
    for stem, name, number in re.findall(r"^( {4}[│ ]*)[├└]── (\w+) +(\d*)", errors.__doc__, re.MULTILINE):
        depth = len(stem) // 4
        parents[depth:] = [name]
        parent = parents[depth - 1]
        told[name] = (parent, int(number) if number else told[parent][1])
    coded = {kind.__name__: (kind.__base__.__name__, kind.status.value) for kind in kinds() if kind.__base__}
    assert told == {name: place for name, place in coded.items() if name != "HarnessError"}


@pytest.mark.parametrize("kind", kinds())
def test_an_error_says_what_is_wrong_and_what_to_do(kind: type[HarnessError]) -> None:
    error = kind("the port 80 is taken", "choose another")
    assert str(error) == "the port 80 is taken: choose another"
    assert (error.what, error.todo) == ("the port 80 is taken", "choose another")


def test_an_error_that_leaves_nothing_to_do_says_only_what_is_wrong() -> None:
    assert str(Interrupted("interrupted")) == "interrupted"
