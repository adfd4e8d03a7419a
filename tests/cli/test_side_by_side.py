"""Several drills in one command: what only asks is asked side by side, what loads is played one by one."""

import json
from pathlib import Path

import pytest

from harness.errors import ExitStatus
from tests.cli.commands import say

ROOT = Path(__file__).parents[2]
WITHOUT_A_STACK = ("server-configurations", "kubernetes-manifests", "alert-rules")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Runs go elsewhere, the project's files are where these look."""
    for name in ("docker-compose.yml", "Dockerfile", "deploy", "docs", "target", "harness", "chaos", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_what_only_asks_is_asked_two_at_a_time_and_each_line_says_of_what(project: Path) -> None:
    said = say("drill", *WITHOUT_A_STACK, "--json", folder=project)
    assert said.status == ExitStatus.PASS, said.err
    answer = json.loads(said.out)
    assert {one["name"]: one["verdict"] for one in answer["drills"]} == dict.fromkeys(WITHOUT_A_STACK, "pass")
    first, second, third = (said.err.index(f"{name} ({at} of 3) begins") for at, name in enumerate(WITHOUT_A_STACK, 1))
    ends = sorted(said.err.index(f"{name} has ended") for name in WITHOUT_A_STACK)
    assert first < second < ends[0] < third < ends[1]
    assert all((Path(one["run"]) / "report.html").exists() for one in answer["drills"])
