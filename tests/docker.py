"""A Docker daemon for tests, images to make containers from, and a look at what is left on the daemon.

A daemon that answers is used. Else, where the user may, one is started for the session. Where there is none, the tests
that need it are skipped, but fail where CI or HARNESS_REQUIRE_DOCKER is set.
"""

import io
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness.errors import NotApplicable, StackError
from harness.images import build_all
from harness.lifeline import die_with_parent
from harness.stacks.compose.daemon import connect
from harness.tools import debian
from tests.remains import WhatIsLeft
from tests.servers import until

if TYPE_CHECKING:
    from docker import DockerClient

REQUIRED = "HARNESS_REQUIRE_DOCKER"
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 60.0

UNNAMED = re.compile("[0-9a-f]{64}")
"""The name that Docker gives to a volume that has none."""

Thing = Mapping[str, Any]
"""A container, a network or a volume, as the daemon lists it."""

TINY = "harness-test-tiny:1"
TINY_COMMANDS = ("sh", "cat", "echo", "false", "httpd", "nc", "sleep", "true")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What asks for the daemon is a Docker test: `-m "not docker"` leaves all of them out."""
    for item in items:
        if isinstance(item, pytest.Function) and "docker" in item.fixturenames:
            item.add_marker("docker")


@pytest.fixture(scope="session")
def docker() -> "Iterator[DockerClient]":
    """A client of a daemon that answers."""
    with _a_daemon(), closing(connect()) as client:
        yield client


@pytest.fixture(scope="session")
def tiny_image(docker: "DockerClient") -> Iterator[str]:
    """Two megabytes with a shell, for containers that play a part."""
    try:
        busybox = debian.program("busybox-static", "busybox").path
    except NotApplicable as error:
        _without(f"no image can be made: {error}")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(busybox, "bin/busybox")
        for command in TINY_COMMANDS:
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    name, tag = TINY.split(":")
    docker.api.import_image_from_data(packed.getvalue(), repository=name, tag=tag)
    yield TINY
    docker.images.remove(TINY, force=True)


@pytest.fixture(scope="session")
def images(docker: "DockerClient") -> None:
    """The images of docker-compose.yml, of the present source. They are kept: the next session builds only what has
    changed.
    """
    try:
        build_all(docker, print)
    except StackError as error:
        _without(str(error))


@contextmanager
def _a_daemon() -> Iterator[None]:
    try:
        connect().close()
    except StackError as error:
        program = shutil.which("dockerd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))
        if program is None or os.geteuid() != 0:
            _without(str(error))
        with started(program):
            yield
    else:
        yield


@contextmanager
def started(program: str, *options: str) -> Iterator[None]:
    """A daemon of the session's own, which answers; stopped at the end."""
    with tempfile.NamedTemporaryFile(prefix="dockerd-", suffix=".log") as log:
        process = subprocess.Popen(
            [program, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        try:
            until(lambda: _answers() or process.poll() is not None, "dockerd answers", STARTS_WITHIN_S)
            if process.poll() is not None:
                _without(f"dockerd ended while starting:\n{Path(log.name).read_text()[-2000:]}")
            yield
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN_S)


def _answers() -> bool:
    try:
        connect().close()
    except StackError:
        return False
    return True


def _required() -> bool:
    return bool(os.environ.get(REQUIRED) or os.environ.get("CI"))


def _without(reason: str) -> NoReturn:
    """Where Docker is required its absence is a failure, and elsewhere a reason to skip."""
    if _required():
        pytest.fail(f"Docker is required here: {reason}", pytrace=False)
    pytest.skip(reason)


class DockerRemains(WhatIsLeft):
    """What a test could leave on the daemon: containers, networks, volumes, images.

    `projects` are what the names of the Compose projects that count begin with. Others may use the daemon meanwhile: a
    project whose files lie elsewhere than in this test's own folders is theirs.
    """

    def __init__(self, client: "DockerClient", projects: Sequence[str] = ("harness-",)) -> None:
        self._client = client
        self._projects = tuple(projects)
        super().__init__()

    def _now(self) -> set[str]:
        api = self._client.api
        containers = api.containers(all=True)
        others = {_project(each) for each in containers if not _is_ours(each)}

        def counts(thing: Thing) -> bool:
            return _project(thing).startswith(self._projects) and _project(thing) not in others

        found = {f"container {each['Names'][0]}" for each in containers if counts(each)}
        found |= {f"network {each['Name']}" for each in api.networks() if counts(each)}
        # One without a name is nobody's who can be asked: a container's that was removed without it.
        volumes = [each for each in api.volumes()["Volumes"] or () if counts(each) or UNNAMED.fullmatch(each["Name"])]
        found |= {f"volume {each['Name']}" for each in volumes}
        return found | {f"image {tag}" for each in api.images() for tag in each["RepoTags"] or (each["Id"],)}


def _label(thing: Thing, name: str) -> str:
    return str((thing.get("Labels") or {}).get(f"com.docker.compose.{name}", ""))


def _project(thing: Thing) -> str:
    return _label(thing, "project")


def _is_ours(container: Thing) -> bool:
    ours = (os.environ["HARNESS_WORK"], str(Path(os.environ["XDG_STATE_HOME"]).parent))
    return any(file.startswith(ours) for file in _label(container, "project.config_files").split(","))
