"""Running `docker compose`: what goes wrong is told in plain words, and a command that is given up ends."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest
import yaml

from harness.errors import StackError
from harness.stacks.compose.project import Compose
from harness.stacks.embedded.ports import free_ports
from tests.docker import DockerRemains
from tests.servers import until

if TYPE_CHECKING:
    from docker import DockerClient

FOREVER = ["sleep", "1000"]
ILL = {
    "command": ["sh", "-c", "echo I am ill; sleep 1000"],
    "healthcheck": {"test": ["CMD", "sh", "-c", "echo not well; false"], "interval": "200ms", "retries": 2},
}
UP = ("up", "--detach", "--wait", "--wait-timeout", "20")

Made = Callable[..., Compose]


@pytest.fixture
def compose(docker: "DockerClient", tiny_image: str, tmp_path: Path) -> Iterator[Made]:
    """Makes a project of services, all of the tiny image where they name none. It is removed, and nothing is left."""
    project = f"harness-test-{secrets.token_hex(4)}"
    remains = DockerRemains(docker, [project])
    file = tmp_path / "compose.yml"

    def make(**services: dict[str, object]) -> Compose:
        complete = {name: {"image": tiny_image, "command": FOREVER} | service for name, service in services.items()}
        file.write_text(yaml.safe_dump({"services": complete}))
        return Compose(project=project, folder=tmp_path, files=(file,))

    yield make
    if not file.exists():
        return
    asyncio.run(make(a={}).run("down", "--volumes", "--remove-orphans", "--timeout", "0"))
    remains.none_after(2)


async def trouble(compose: Compose, *arguments: str) -> StackError:
    with pytest.raises(StackError) as caught:
        await compose.run(*(arguments or UP))
    return caught.value


async def test_it_goes_up_and_down(compose: Made, docker: "DockerClient") -> None:
    project = compose(a={}, b={"depends_on": ["a"]})
    await project.run(*UP)
    listed = docker.api.containers(filters={"label": f"com.docker.compose.project={project.project}"})
    assert sorted(each["Labels"]["com.docker.compose.service"] for each in listed) == ["a", "b"]


class File(msgspec.Struct):
    class Service(msgspec.Struct):
        image: str
        labels: dict[str, str] = {}

    services: dict[str, Service]


async def test_the_file_is_read_as_compose_reads_it(compose: Made, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CACHE_IMAGE=from-env:1\n")
    project = compose(
        a={"image": "${CACHE_IMAGE:-redis:7}", "labels": ["harness.role=cache"]},
        b={"image": "${DB_IMAGE:-postgres:17}"},
        c={"profiles": ["more"]},
    )
    found = await msgspec.structs.replace(project, environment={"DB_IMAGE": "ours:2"}).config(File)
    assert found == File({"a": File.Service("from-env:1", {"harness.role": "cache"}), "b": File.Service("ours:2")})
    more = msgspec.structs.replace(project, profiles=("more",))
    assert sorted((await more.config(File)).services) == ["a", "b", "c"]
    assert sorted(await project.images()) == ["from-env:1", "postgres:17"]


async def test_what_the_person_has_set_for_compose_does_not_count(
    compose: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_PROFILES", "more")
    monkeypatch.setenv("COMPOSE_FILE", "/nowhere.yml")
    assert sorted((await compose(a={}, b={"profiles": ["more"]}).config(File)).services) == ["a"]


async def test_a_file_that_is_wrong(compose: Made, tmp_path: Path) -> None:
    error = await trouble(compose(a={"comand": "no"}), "config")
    assert error.what.startswith(f"the compose file {tmp_path}/compose.yml cannot be used: validating")
    assert "additional properties 'comand' not allowed" in error.what


async def test_a_file_that_is_not_there(compose: Made, tmp_path: Path) -> None:
    project = msgspec.structs.replace(compose(a={}), files=(tmp_path / "none.yml",))
    assert "none.yml cannot be used: open" in (await trouble(project, "config")).what


async def test_a_file_of_another_shape_than_expected(compose: Made) -> None:
    class Other(msgspec.Struct):
        services: list[str]

    with pytest.raises(StackError, match="cannot be used: Expected `array`"):
        await compose(a={}).config(Other)


async def test_a_port_that_a_program_has(compose: Made) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        error = await trouble(compose(a={"ports": [f"127.0.0.1:{port}:80"]}))
    name = psutil.Process().name()
    assert error.what == f"port {port} on 127.0.0.1 is taken by process {os.getpid()} ({name})"


async def test_a_port_that_a_container_has(compose: Made, docker: "DockerClient", tiny_image: str) -> None:
    (port,) = free_ports(1)
    holder = docker.containers.run(tiny_image, FOREVER, detach=True, ports={"80": ("127.0.0.1", port)})
    try:
        error = await trouble(compose(a={"ports": [f"127.0.0.1:{port}:80"]}))
        assert error.what == f"port {port} on 127.0.0.1 is taken by the container {holder.name}"
    finally:
        holder.remove(force=True)


async def test_an_image_that_is_missing(compose: Made) -> None:
    # No registry listens there.
    error = await trouble(compose(a={}, b={"image": "127.0.0.1:9/nothing:1"}))
    assert error.what.startswith("the daemon has no image 127.0.0.1:9/nothing:1 (Error response from daemon: Get ")
    assert error.todo.startswith("`make images` builds them all, and needs no registry; or set the variable")


async def test_an_image_that_is_missing_and_may_not_be_pulled(compose: Made) -> None:
    error = await trouble(compose(a={"image": "harness-test-nothing:1"}), *UP, "--pull", "never")
    assert error.what.startswith("the daemon has no image harness-test-nothing:1 (")


async def test_a_container_that_is_not_healthy(compose: Made) -> None:
    error = await trouble(compose(sick=ILL, waits={"depends_on": {"sick": {"condition": "service_healthy"}}}))
    assert error.what == "sick did not come up: it is not healthy"
    assert error.todo == "its last words:\nI am ill\nits last health check ended with 1:\nnot well"


async def test_a_container_that_takes_too_long_to_get_healthy(compose: Made) -> None:
    slow = ILL | {"healthcheck": {"test": ["CMD", "false"], "interval": "200ms", "retries": 1000}}
    error = await trouble(compose(slow=slow), "up", "--detach", "--wait", "--wait-timeout", "1")
    assert error.what == "slow did not come up: it was not healthy in time"
    assert error.todo == "its last words:\nI am ill\nits last health check ended with 1:\n"
    with pytest.raises(StackError, match="slow did not come up: it was not healthy in time"):
        await compose(slow=slow).run("up", "--detach", "--wait", patience_s=1)


async def test_a_container_that_ends(compose: Made) -> None:
    ends = {"command": ["sh", "-c", "echo farewell; exit 3"]}
    after = {"depends_on": {"ends": {"condition": "service_completed_successfully"}}}
    error = await trouble(compose(ends=ends, after=after))
    assert (error.what, error.todo) == ("ends did not come up: it ended with status 3", "its last words:\nfarewell")


async def test_what_nobody_has_foreseen_is_told_in_the_words_of_compose(compose: Made) -> None:
    error = await trouble(compose(a={"command": ["no-such-program"]}))
    assert error.what == "docker compose up failed"
    assert '"no-such-program": executable file not found' in error.todo
    assert "Creating" not in error.todo


async def test_a_daemon_that_is_gone(compose: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = compose(a={})
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gone.sock")
        error = await trouble(project)
    assert error.what == f"no Docker daemon answers at {tmp_path}/gone.sock (no such socket)"


async def test_a_command_that_is_given_up_ends_at_once(compose: Made) -> None:
    slow = ILL | {"healthcheck": {"test": ["CMD", "false"], "interval": "200ms", "retries": 1000}}
    project = compose(slow=slow)
    running = asyncio.ensure_future(project.run("up", "--detach", "--wait"))
    await asyncio.to_thread(until, lambda: bool(_children()), "the command runs")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert _children() == []


def _children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "up" in child.cmdline()]


async def test_it_takes_no_longer_than_it_may(compose: Made) -> None:
    project = compose(a={"command": ["sh", "-c", "trap : TERM; while :; do sleep 1; done"]})
    await project.run(*UP)
    with pytest.raises(StackError, match=r"docker compose stop took more than 0\.5 s"):
        await project.run("stop", "--timeout", "60", patience_s=0.5)
    until(lambda: _children() == [], "no command is left")
