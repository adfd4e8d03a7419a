"""Every daemon that cannot be used is told apart, and what to do about it is said."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docker.context import ContextAPI

from harness.errors import StackError
from harness.stacks.compose.daemon import DEFAULT_SOCKET, connect, endpoint
from tests.stacks.compose.daemons import Answers, a_daemon_that_says

if TYPE_CHECKING:
    from docker import DockerClient

SOMEWHERE_ELSE = [{"Name": "bridge", "IPAM": {"Config": [{"Gateway": "203.0.113.1"}]}}]
HERE = [{"Name": "bridge", "IPAM": {"Config": [{"Gateway": "127.0.0.1"}]}}]


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(StackError) as caught:
        connect(environment).close()
    return str(caught.value)


def test_the_daemon_of_this_machine_is_reached(docker: "DockerClient") -> None:
    assert docker.ping()


def test_no_daemon(tmp_path: Path) -> None:
    said = refusal({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert said.startswith(f"no Docker daemon answers at {tmp_path}/none.sock (no such socket): start it")
    assert said.endswith("`--stack embedded` needs no Docker")


def test_a_daemon_that_has_died_and_left_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert "(Connection refused): start it" in refusal({"DOCKER_HOST": f"unix://{path}"})


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's right to open whatever there is."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)
        with nobody():
            said = refusal({"DOCKER_HOST": f"unix://{path}"})
    assert said.startswith(f"this user may not talk to the Docker daemon at {path}: join its group")
    assert "usermod -aG docker" in said


@pytest.mark.parametrize("host", ["tcp://192.0.2.1:2375", "ssh://somebody@192.0.2.1"])
def test_a_daemon_on_another_machine(host: str) -> None:
    said = refusal({"DOCKER_HOST": host})
    assert said.startswith(f"the Docker daemon at {host} is not reached by a local socket: unset DOCKER_HOST")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            {"/version": {"ApiVersion": "1.40"}},
            r"the Docker daemon speaks API 1\.40, and 1\.41 is needed: upgrade it to Docker 20\.10 or newer",
        ),
        (
            {"/info": {"OperatingSystem": "Docker Desktop"}},
            r"cannot be reached from here: Docker Desktop keeps them in a virtual machine: use a daemon",
        ),
        (
            {"/info": {"OperatingSystem": "Debian", "SecurityOptions": ["name=seccomp", "name=rootless"]}},
            r"cannot be reached from here: it is rootless",
        ),
        ({"/networks": SOMEWHERE_ELSE}, r"its bridge \(203\.0\.113\.1\) is not on this machine"),
        (
            {"/version": b"<html>Welcome to nginx!</html>"},
            r"does not answer as a Docker daemon does: .*look at its log",
        ),
        ({"/info": {}}, r"does not answer as a Docker daemon does"),
    ],
    ids=["too old", "Docker Desktop", "rootless", "another machine's bridge", "no daemon at all", "half a daemon"],
)
def test_a_daemon_that_cannot_be_used(answers: Answers, message: str, tmp_path: Path) -> None:
    with a_daemon_that_says(tmp_path, answers) as environment:
        assert re.search(message, refusal(environment))


def test_a_bridge_of_this_machine_is_within_reach(tmp_path: Path) -> None:
    with a_daemon_that_says(tmp_path, {"/networks": HERE}) as environment:
        connect(environment).close()


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has chosen the context `mine`, and has `other` too."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    for name in ("mine", "other"):
        ContextAPI.create_context(name, host=f"unix:///run/{name}.sock")


@pytest.mark.usefixtures("contexts")
@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "unix:///run/mine.sock"),
        ({"DOCKER_CONTEXT": "other"}, "unix:///run/other.sock"),
        ({"DOCKER_CONTEXT": "other", "DOCKER_HOST": "unix:///run/named.sock"}, "unix:///run/named.sock"),
    ],
)
def test_the_daemon_is_the_one_that_the_docker_command_talks_to(environment: dict[str, str], host: str) -> None:
    assert endpoint(environment) == host


def test_without_any_choice_it_is_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert endpoint({}) == DEFAULT_SOCKET
