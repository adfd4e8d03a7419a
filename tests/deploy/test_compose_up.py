"""The system of docker-compose.yml, up: what it answers, how it is held in check, and that nothing is left of it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from harness.images.recipes import recipes
from harness.stacks.embedded.ports import free_ports
from tests.deploy.composed import compose
from tests.servers import until

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

HEALTHY_WITHIN_S = 90.0
PROJECT = "harness-test-compose"
SERVICES = {"lb", "app-1", "app-2", "app-3", "pgbouncer", "postgres", "redis", "upstream", "sinks"}
WATCHERS = {"prometheus", "alertmanager", "pushgateway"}


class Project:
    """The whole of it but nginx, under a name, a port and addresses of its own."""

    def __init__(self, client: "DockerClient") -> None:
        self.name = f"{PROJECT}-{secrets.token_hex(3)}"
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._client = client
        self._variables = {recipe.variable: recipe.image for recipe in recipes() if recipe.variable} | {
            "LB_PORT": str(port),
            "WEB_SUBNET": f"10.213.{secrets.randbelow(200)}.32/27",
        }

    def compose(self, *arguments: str) -> str:
        return compose("--project-name", self.name, *arguments, variables=self._variables, profiles=["observability"])

    def containers(self) -> "dict[str, Container]":
        filters: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={self.name}"}
        found = self._client.containers.list(all=True, filters=filters, ignore_removed=True)
        return {container.labels["com.docker.compose.service"]: container for container in found}

    def healths(self) -> dict[str, str]:
        states = {name: container.attrs["State"] for name, container in self.containers().items() if name != "migrate"}
        return {name: state["Health"]["Status"] for name, state in states.items()}

    def shell(self, service: str, script: str, user: str = "") -> tuple[int, str]:
        """What a shell in a container ends with, and prints."""
        status, printed = self.containers()[service].exec_run(["sh", "-c", script], user=user)
        assert isinstance(printed, bytes)
        return status or 0, printed.decode()

    def asked(self, service: str, port: int, path: str) -> Any:
        """What an HTTP server on a network that leads nowhere answers, as JSON."""
        networks = self.containers()[service].attrs["NetworkSettings"]["Networks"]
        address = networks[f"{self.name}_telemetry"]["IPAddress"]
        return httpx.get(f"http://{address}:{port}{path}", trust_env=False).raise_for_status().json()


@pytest.fixture(scope="module")
def project(docker: "DockerClient", images: None) -> Iterator[Project]:
    with brought_up(Project(docker)) as found:
        yield found


@contextmanager
def brought_up(project: Project) -> Iterator[Project]:
    try:
        project.compose("up", "--detach", "--no-build")
        until(lambda: set(project.healths().values()) == {"healthy"}, "all are healthy", HEALTHY_WITHIN_S)
        yield project
    finally:
        project.compose("--profile", "nginx", "down", "--volumes", "--timeout", "1")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(docker: "DockerClient") -> Iterator[None]:
    before = named(docker)
    yield
    assert named(docker) == before


def named(client: "DockerClient") -> set[str]:
    """Everything of these tests that the daemon keeps."""
    names = [container.name for container in client.containers.list(all=True, ignore_removed=True)]
    names += [network.name for network in client.networks.list()]
    names += [volume.name for volume in client.volumes.list()]
    return {name for name in names if name and name.startswith(PROJECT)}


def test_all_are_healthy_and_the_migrations_are_done(project: Project) -> None:
    assert set(project.healths()) == SERVICES | WATCHERS
    assert project.containers()["migrate"].attrs["State"]["ExitCode"] == 0


def test_requests_go_through_the_balancer_to_every_instance(project: Project) -> None:
    with httpx.Client(base_url=project.url, trust_env=False) as client:
        answers = [client.get("/health/ready") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["x-instance"] for answer in answers} == {"app-1", "app-2", "app-3"}
    assert answers[0].json() == {"status": "ready", "checks": {"database": "ok", "cache": "ok"}}


def test_an_account_is_made_and_kept(project: Project) -> None:
    body = {"email": "ada@example.test", "password": "correct horse battery staple", "name": "Ada"}
    with httpx.Client(base_url=project.url, trust_env=False) as client:
        answer = client.post("/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    # By the role that may use the tables, and not alter them.
    psql = "psql -tA -h 127.0.0.1 -U app -d quemiai -c"
    login = "PGPASSWORD=$DB_PASSWORD"
    assert project.shell("postgres", f"{login} {psql} 'select count(*) from users'") == (0, "1\n")
    status, said = project.shell("postgres", f"{login} {psql} 'alter table users add x int' 2>&1")
    assert status != 0
    assert "must be owner of table users" in said


def test_nobody_is_root_and_nothing_can_be_written(project: Project) -> None:
    for name, container in project.containers().items():
        if name == "migrate":
            continue
        columns = container.top(ps_args="-eo pid,uid")
        assert all(uid != "0" for _, uid in columns["Processes"]), name
        status, said = project.shell(name, "touch /usr/written 2>&1", user="0")
        assert status != 0, name
        assert "Read-only file system" in said
        # What the kernel says of it: what a short command inside prints can be lost on its way.
        status_file = Path(f"/proc/{container.attrs['State']['Pid']}/status")
        capabilities = [line.split()[1] for line in status_file.read_text().splitlines() if line.startswith("CapBnd:")]
        assert capabilities == ["0000000000000000"], name


def test_no_volume_is_without_a_name(project: Project) -> None:
    mounts = [mount for container in project.containers().values() for mount in container.attrs["Mounts"]]
    volumes = {mount["Name"] for mount in mounts if mount["Type"] == "volume"}
    names = ("db-data", "uploads", "sinks-data", "prometheus-data")
    assert volumes == {f"{project.name}_{name}" for name in names}


def test_an_instance_reaches_the_pool_and_not_the_database(project: Project) -> None:
    def reached(service: str, network: str, port: int) -> bool:
        address = project.containers()[service].attrs["NetworkSettings"]["Networks"][f"{project.name}_{network}"]
        script = f"import socket; socket.create_connection(('{address['IPAddress']}', {port}), 1)"
        return project.shell("app-1", f'python -c "{script}" 2>/dev/null')[0] == 0

    assert reached("pgbouncer", "pool", 6432)
    assert not reached("postgres", "store", 5432)
    assert not reached("lb", "edge", 8080)


def test_prometheus_sees_the_instances_and_the_balancer(project: Project) -> None:
    def up() -> set[str]:
        targets = project.asked("prometheus", 9090, "/api/v1/targets?state=active")["data"]["activeTargets"]
        return {target["labels"]["instance"] for target in targets if target["health"] == "up"}

    instances = {f"app-{number}:4000" for number in (1, 2, 3)}
    until(lambda: up() == instances | {"lb:8405", "pushgateway:9091"}, "all targets are up")
    (group,) = project.asked("prometheus", 9090, "/api/v1/rules")["data"]["groups"]
    assert len(group["rules"]) == 8
    assert {rule["health"] for rule in group["rules"]} == {"ok"}
    (alertmanager,) = project.asked("prometheus", 9090, "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert alertmanager["url"] == "http://alertmanager:9093/api/v2/alerts"
    assert project.asked("alertmanager", 9093, "/api/v2/status")["cluster"]["status"] in ("ready", "settling")


def test_telemetry_arrives(project: Project) -> None:
    httpx.get(f"{project.url}/feed", trust_env=False)
    until(lambda: project.shell("sinks", "test -s /data/sinks/traces.jsonl")[0] == 0, "spans are at the sinks")


def test_a_database_that_is_there_is_kept(project: Project) -> None:
    container = project.containers()["postgres"]
    began = container.attrs["State"]["StartedAt"]
    container.restart()
    until(lambda: project.healths()["postgres"] == "healthy", "the database is back", HEALTHY_WITHIN_S)
    assert project.containers()["postgres"].attrs["State"]["StartedAt"] != began
    query = "psql -tA -U postgres -d quemiai -c 'select count(*) > 0 from schema_migrations'"
    assert project.shell("postgres", query) == (0, "t\n")
    with httpx.Client(base_url=project.url, trust_env=False) as client:
        until(lambda: client.get("/health/ready").status_code == 200, "it serves again")


def test_nginx_takes_the_place_of_haproxy(project: Project) -> None:
    project.compose("rm", "--stop", "--force", "lb")
    project.compose("up", "--detach", "--no-build", "--no-deps", "lb-nginx")
    until(lambda: project.healths()["lb-nginx"] == "healthy", "nginx is healthy", HEALTHY_WITHIN_S)
    with httpx.Client(base_url=project.url, trust_env=False) as client:
        answers = [client.get("/health/ready") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["x-instance"] for answer in answers} == {"app-1", "app-2", "app-3"}
    assert answers[0].headers["server"] == "nginx"
