"""A compose file that somebody else wrote: shop/, whose instances are three replicas of one service on one network."""

import ipaddress
import secrets
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from docker import DockerClient

from harness.errors import NotApplicable, StackError
from harness.run import EventLog
from harness.stack import Role
from harness.stacks.compose import override
from harness.stacks.compose.addresses import Addresses
from harness.stacks.compose.attached import AttachedStack
from harness.stacks.compose.members import names, natural
from harness.stacks.compose.project import Compose
from harness.stacks.compose.replicas import ROOM, spread
from harness.stacks.compose.running import ContainerStack
from harness.stacks.compose.site import Ports, ProjectFile, Resource, Site
from harness.stacks.compose.stack import ComposeStack
from harness.stacks.compose.urls import plain
from harness.stacks.compose.usable import refuse_unusable
from harness.stacks.compose.yaml_tags import Reset
from harness.stacks.embedded.ports import free_ports
from harness.stacks.plan import StackPlan
from tests.docker import DockerRemains

ROOT = Path(__file__).parents[3]
SHOP = Path(__file__).parent / "shop" / "docker-compose.yml"

WEB: dict[str, Any] = {
    "image": "shop:1",
    "labels": {"harness.role": "app"},
    "networks": {"inner": None},
    "deploy": {"replicas": 3},
    "environment": {"DATABASE_URL": "postgresql://shop:s3cret@sql:5432/shop", "REDIS_URL": "redis://kv:6379/1"},
    "depends_on": {"sql": {"condition": "service_healthy"}, "kv": {"condition": "service_healthy"}},
}
SERVICES: dict[str, Any] = {
    "web": WEB,
    "front": {
        "image": "haproxy:3",
        "labels": {"harness.role": "lb", "harness.port": "80"},
        "networks": {"inner": None},
    },
    "sql": {
        "image": "postgres:17",
        "labels": {"harness.role": "db"},
        "networks": {"inner": None},
        "ports": [{"target": 5432}],
        "container_name": "the-shops-database",
        "volumes": [{"type": "bind", "source": "/srv/shop", "target": "/var/lib/postgresql/data"}],
    },
    "kv": {"image": "redis:8", "labels": {"harness.role": "cache"}, "networks": {"inner": None}},
    "mail": {"image": "mail:1", "networks": {"inner": None}},
}


def file_of(**changed: dict[str, Any]) -> ProjectFile:
    services = {name: service | changed.get(name, {}) for name, service in SERVICES.items()}
    document = {
        "services": services,
        "networks": {"inner": {"name": "p_inner"}},
        "volumes": {"sql": {"name": "shop-data"}},
    }
    return msgspec.convert(document, ProjectFile)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    file = spread(file_of())
    (tmp_path / "run").mkdir()
    return Site(
        project="p",
        original=SHOP,
        plan=StackPlan(),
        file=file,
        addresses=Addresses(file.on, ipaddress.IPv4Network("10.9.8.0/24")),
        work=tmp_path,
        run_folder=tmp_path / "run",
        ports=Ports(18080, 18081, 18082, 18083),
        jwt_secret="a secret",
        upload_key="a key",
        deployed={},
    )


def test_replicas_become_services_of_their_own_with_room_for_more(site: Site) -> None:
    assert site.apps == ["web", "web-replica-2", "web-replica-3"]
    assert len(site.file.of(Role.APP)) == 3 + ROOM
    assert [site.member(name) for name in site.apps] == ["app-1", "app-2", "app-3"]
    services = override.services(site)
    assert services["web"]["deploy"] == {"replicas": 1}
    second = services["web-replica-2"]
    assert second["extends"] == {"file": str(SHOP), "service": "web"}
    assert second["environment"]["INSTANCE_NAME"] == "app-2"
    assert second["networks"]["inner"]["aliases"] == ["app-2", "web"]
    config = (site.work / "haproxy.cfg").read_text()
    assert "server app-2 app-2:4000" in config
    assert "bind :80\n" in config


def test_what_is_not_labelled_is_started_and_not_waited_for(site: Site) -> None:
    assert "mail" in site.wanted
    assert site.file.one_shots == []
    waits = override.services(site)["web"]["depends_on"]
    assert waits == {"sql": {"condition": "service_healthy"}, "kv": {"condition": "service_started"}}


def test_nothing_is_shared_with_the_project_of_the_people_who_wrote_it(site: Site) -> None:
    database = override.services(site)["sql"]
    assert database["ports"] == []
    assert isinstance(database["container_name"], Reset)
    assert database["volumes"] == [{"type": "volume", "target": "/var/lib/postgresql/data"}]
    assert override.volumes(site) == {"sql": {"name": "p_sql"}}
    assert "name" not in override.networks(site)["inner"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"web": {"labels": {}}}, "the compose file labels no service harness.role=app"),
        ({"front": {"labels": {}}}, "the compose file labels no service harness.role=lb"),
        ({"mail": {"labels": {"harness.role": "mail"}}}, "the service mail has the role 'mail', which there is not"),
        ({"mail": {"labels": {"harness.role": "db"}}}, r"labels 2 services harness.role=db \(mail, sql\)"),
        ({"web": {"image": ""}}, "the service web has no name for its image"),
        ({"kv": {"labels": {"harness.role": "cache", "harness.port": "six"}}}, "has the label harness.port=six"),
        (
            {"kv": {"networks": None, "network_mode": "host"}},
            r"kv is on no network of the project \(network_mode: host",
        ),
        ({"kv": {"scale": 2}}, "the service kv has 2 replicas"),
        ({"web": {"environment": {}}}, "the service web has no DATABASE_URL in its environment"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_what_it_needs(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(StackError, match=told):
        refuse_unusable(file_of(**changed))


def test_what_is_external_is_left_alone() -> None:
    file = msgspec.structs.replace(file_of(), volumes={"v": Resource(name="v", external=True)})
    with pytest.raises(StackError, match="the volume v of the compose file is external"):
        refuse_unusable(file)


def test_members_are_called_by_their_number_whoever_is_missing() -> None:
    assert names(Role.APP, [("web", 1), ("web", 3)]) == ["app-1", "app-3"]
    assert names(Role.APP, [("app-1", 1), ("app-3", 1)]) == ["app-1", "app-3"]
    assert names(Role.APP, [("api", 1), ("app-1", 1)]) == ["app-1", "app-2"]
    assert names(Role.CACHE, [("kv", 1)]) == ["cache"]
    assert sorted(["web-10", "web-9", "web"], key=natural) == ["web", "web-9", "web-10"]


def test_a_project_without_a_database_has_none_to_ask(tmp_path: Path) -> None:
    with (
        closing(DockerClient(base_url="unix:///nowhere", version="1.41")) as client,
        closing(EventLog(tmp_path)) as log,
    ):
        assert ContainerStack(client, "shop", tmp_path, log, print).database_url is None


def test_the_driver_that_a_url_of_sqlalchemy_s_names_is_nothing_to_libpq() -> None:
    assert plain("postgresql+asyncpg://shop:s3+cret@sql:5432/shop") == "postgresql://shop:s3+cret@sql:5432/shop"
    assert plain("redis://kv:6379/1") == "redis://kv:6379/1"


# -- with containers -----------------------------------------------------------------------------------------

PROJECT = "com.docker.compose.project"


@pytest.fixture
def shop(docker: DockerClient, images: None, tmp_path: Path) -> Path:
    """The shop's compose file, in a folder with an `.env` that names the images of this machine."""
    folder = shutil.copytree(SHOP.parent, tmp_path / "shop")
    (port,) = free_ports(1)
    (folder / ".env").write_text(f"{(ROOT / '.env').read_text()}\nSHOP_PORT={port}\n")
    return folder / SHOP.name


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "logs").mkdir(parents=True)
    return folder


async def test_the_harness_brings_it_up_scales_it_and_takes_it_away(
    docker: DockerClient, shop: Path, run: Path
) -> None:
    remains, told = DockerRemains(docker), list[str]()
    with closing(EventLog(run)) as events:
        async with ComposeStack(StackPlan(), shop, run, events, lambda _: None) as stack:
            stack.when_taken(told.append)
            assert list(stack.members(Role.APP)) == ["app-1", "app-2", "app-3"]
            assert sorted(stack.facts.absent) == ["pool", "sinks", "upstream"]
            with pytest.raises(NotApplicable, match="app-1 cannot be cut off from cache alone: it meets db, lb on"):
                await stack.cut("app-1", Role.CACHE)
            await stack.scale(Role.APP, 4)
            assert list(stack.members(Role.APP)) == ["app-1", "app-2", "app-3", "app-4"]
            await stack.scale(Role.APP, 2)
            assert list(stack.members(Role.APP)) == ["app-1", "app-2"]
            await stack.kill("app-2")
            await stack.start("app-2")
    assert told == []
    remains.none_after(2)


async def test_one_that_is_up_is_left_as_it_was(docker: DockerClient, shop: Path, run: Path) -> None:
    project = Compose(project=f"shop-{secrets.token_hex(3)}", folder=shop.parent, files=(shop,))
    try:
        await project.run("up", "--detach", "--wait")
        before = state(docker, project.project)
        with closing(EventLog(run)) as events:
            async with AttachedStack(project.project, run, events, lambda _: None) as stack:
                assert list(stack.members(Role.APP)) == ["app-1", "app-2", "app-3"]
                await stack.kill("app-2")
                await stack.pause("app-3")
                await stack.limit("app-1", cpus=0.1)
                assert state(docker, project.project) != before
        assert state(docker, project.project) == before
    finally:
        await project.run("down", "--volumes", "--timeout", "0")


def state(client: DockerClient, project: str) -> dict[str, tuple[object, ...]]:
    """Of each container what the harness could change, save when it began."""
    found: dict[str, tuple[object, ...]] = {}
    for listed in client.api.containers(all=True, filters={"label": f"{PROJECT}={project}"}):
        it = client.api.inspect_container(listed["Id"])
        networks = it["NetworkSettings"]["Networks"]
        addresses = {name: (on["IPAddress"], sorted(on["Aliases"])) for name, on in networks.items()}
        limits = {name: it["HostConfig"][name] for name in ("NanoCpus", "CpuQuota", "Memory", "MemorySwap")}
        found[it["Name"]] = (it["Id"], it["State"]["Status"], addresses, limits)
    return found
