"""On a project that somebody else brought up: however a harness ends, it is left as it was found."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
import yaml

from harness.journal import unhealed
from harness.stacks.compose.acts import STOP_PATIENCE_S
from harness.stacks.compose.project import Compose
from harness.stacks.embedded.ports import free_ports
from tests.cli.commands import HARNESS, say
from tests.conductor.harnesses import Remains, harness, processes
from tests.servers import until

if TYPE_CHECKING:
    from docker import DockerClient

ROOT = Path(__file__).parents[3]
PROJECT = "com.docker.compose.project"
STACK, INTERRUPTED = 4, 130
BACK_WITHIN_S = 5.0


class Found(NamedTuple):
    """What matters of one container: that it is the same, that it was not started anew, and where it can be reached."""

    id: str
    began: str
    networks: dict[str, list[str]]
    address: str


@pytest.fixture(scope="module")
def shop(docker: "DockerClient", images: None) -> Iterator[Compose]:
    """A project that runs already: the system of the guide, and what has no label of the harness."""
    (port,) = free_ports(1)
    subnet = f"10.213.{secrets.randbelow(200)}.0/27"
    limits = dict.fromkeys(("RATE_LIMIT", "UPLOAD_RATE_LIMIT"), "1000000/minute")
    environment = {"LB_PORT": str(port), "WEB_SUBNET": subnet, **limits}
    project = Compose(
        project=f"shop-{secrets.token_hex(3)}",
        folder=ROOT,
        files=(ROOT / "docker-compose.yml",),
        environment=environment,
    )
    try:
        asyncio.run(project.run("up", "--detach", "--no-build", "lb"))
        yield project
    finally:
        asyncio.run(project.run("down", "--volumes", "--timeout", "0"))


def state(client: "DockerClient", project: Compose) -> dict[str, Found]:
    """Of all its containers, those without a role included."""
    found = {}
    for listed in client.api.containers(all=True, filters={"label": f"{PROJECT}={project.project}"}):
        each = client.api.inspect_container(listed["Id"])
        networks = each["NetworkSettings"]["Networks"]
        found[each["Name"]] = Found(
            each["Id"],
            each["State"]["StartedAt"],
            {name: sorted(network["Aliases"] or ()) for name, network in networks.items()},
            next((network["IPAddress"] for name, network in networks.items() if name.endswith("_web")), ""),
        )
    return found


def drains(address: str) -> bool:
    """Whether an instance says that it had better be left alone."""
    try:
        return httpx.get(f"http://{address}:4000/health/ready", trust_env=False).status_code == 503
    except httpx.HTTPError:
        return False


def partition(project: Compose) -> list[str]:
    return ["-m", "tests.conductor.short", "partition-cache", "0.5", f"compose:{project.project}"]


def test_killed_in_a_partition_the_watchdog_restores_the_networks(
    tmp_path: Path, docker: "DockerClient", shop: Compose
) -> None:
    before, remains = state(docker, shop), Remains()
    with harness(partition(shop), tmp_path) as victim:
        victim.until_it_says("fault for")
        assert state(docker, shop) != before
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(BACK_WITHIN_S)
        assert state(docker, shop) == before
        assert not unhealed(victim.run_folder)


def test_when_the_watchdog_is_killed_too_heal_restores_them_once_the_daemon_answers(
    tmp_path: Path, docker: "DockerClient", shop: Compose
) -> None:
    before, remains = state(docker, shop), Remains()
    heal = [sys.executable, *HARNESS[1:], "heal"]
    with harness(partition(shop), tmp_path) as victim:
        victim.until_it_says("fault for")
        (watchdog,) = [pid for pid, words in processes().items() if "harness.watchdog" in words]
        os.kill(watchdog, signal.SIGKILL)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
    without = os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    failed = subprocess.run(heal, capture_output=True, text=True, env=without, check=False)
    assert failed.returncode == STACK
    assert "no Docker daemon answers" in failed.stderr
    assert unhealed(victim.run_folder)
    # What is harmed must not be taken for how it was found.
    (tmp_path / "another").mkdir()
    refused = say("drill", "steady", "--stack", f"compose:{shop.project}", folder=tmp_path / "another")
    assert refused.status == STACK
    assert f"a harness that died has left {shop.project} harmed" in refused.err
    healed = subprocess.run(heal, capture_output=True, text=True, check=True)
    assert "is back on" in healed.stdout
    assert state(docker, shop) == before
    assert not unhealed(victim.run_folder)
    remains.none_after(0)


def test_killed_while_the_daemon_stops_a_container_it_is_started_again(
    tmp_path: Path, docker: "DockerClient", shop: Compose
) -> None:
    """The daemon goes on with it, though nobody waits for it any more: the instance drains, and ends seconds later."""
    before, remains = state(docker, shop), Remains()
    with harness(
        ["-m", "tests.conductor.short", "stop-instance", "0.5", f"compose:{shop.project}"], tmp_path
    ) as victim:
        victim.until_it_says("harm: stop")
        instances = [found.address for name, found in before.items() if "-app-" in name and found.address]
        until(lambda: any(map(drains, instances)), "an instance drains", 10.0)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(STOP_PATIENCE_S + BACK_WITHIN_S)
    after = state(docker, shop)
    (stopped,) = [name for name in before if before[name].began != after[name].began]
    assert after[stopped].address
    assert not unhealed(victim.run_folder)


def test_ctrl_c_in_a_partition_restores_them(tmp_path: Path, docker: "DockerClient", shop: Compose) -> None:
    before, remains = state(docker, shop), Remains()
    with harness(partition(shop), tmp_path) as victim:
        victim.until_it_says("fault for")
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == INTERRUPTED, victim.said
        assert state(docker, shop) == before
        remains.none_after(0.5)


def test_a_second_harness_is_refused_and_the_first_is_named(tmp_path: Path, shop: Compose) -> None:
    with harness(partition(shop), tmp_path) as first:
        first.until_it_says("warm-up for")
        said = say("drill", "steady", "--stack", f"compose:{shop.project}", folder=tmp_path)
        assert said.status == STACK
        assert f"in use by process {first.process.pid}" in said.err
        first.signal(signal.SIGINT)
        assert first.ends_with() == INTERRUPTED


def test_a_project_that_is_not_there(tmp_path: Path, docker: "DockerClient") -> None:
    said = say("drill", "steady", "--stack", "compose:nobodys", folder=tmp_path)
    assert said.status == STACK
    assert "there is no Compose project nobodys" in said.err


def test_a_project_without_labels_is_not_touched(tmp_path: Path, docker: "DockerClient", tiny_image: str) -> None:
    file = tmp_path / "compose.yml"
    file.write_text(yaml.safe_dump({"services": {"lb": {"image": tiny_image, "command": ["sleep", "1000"]}}}))
    project = Compose(project=f"shop-{secrets.token_hex(3)}", folder=tmp_path, files=(file,))
    try:
        asyncio.run(project.run("up", "--detach"))
        before = state(docker, project)
        said = say("drill", "kill-instance", "--stack", f"compose:{project.project}", folder=tmp_path)
        assert said.status == STACK
        assert "has no containers labelled" in said.err
        assert state(docker, project) == before
    finally:
        asyncio.run(project.run("down", "--timeout", "0"))
