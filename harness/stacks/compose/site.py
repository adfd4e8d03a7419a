"""Site: what the parts of one stack's compose file share, and what the harness reads of the project's own."""

import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from harness.errors import NotApplicable, StackError
from harness.stack import Hop, Role
from harness.stacks.compose.addresses import Addresses
from harness.stacks.compose.members import PORT, PORTS, ROLE, names, natural
from harness.stacks.plan import StackPlan

DEFAULT_FACTORY = StackPlan().app_factory
DEFAULT_INSTANCES = StackPlan().instances
NEXT_IMAGE = "APP_IMAGE_NEXT"
SOCKET = "admin.sock"
DOORS = 17_000
"""Ports of the fault proxy, one for each hop: each stack has them to itself, on bridges of its own."""


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is a folder for the type `bind`, and a volume's name for `volume`."""

    type: str
    target: str
    source: str = ""
    read_only: bool = False


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    replicas: int | None = None


class FileService(msgspec.Struct, frozen=True, kw_only=True):
    """What the harness reads of a service in the project's resolved file. `like` is that of which it is a replica."""

    labels: dict[str, str] = {}
    image: str = ""
    environment: dict[str, str | None] = {}
    command: list[str] | None = None
    networks: dict[str, Any] | None = None
    network_mode: str = ""
    profiles: tuple[str, ...] = ()
    depends_on: dict[str, dict[str, Any]] = {}
    ports: list[Any] = []
    volumes: list[Mount] = []
    container_name: str = ""
    scale: int | None = None
    deploy: Deployed | None = None
    like: str = ""

    @property
    def role(self) -> Role | None:
        name = self.labels.get(ROLE)
        return Role(name) if name in list(Role) else None

    @property
    def port(self) -> int:
        """Where it listens: of a service that has a role."""
        assert self.role is not None
        return int(self.labels.get(PORT) or PORTS[self.role])

    @property
    def replicas(self) -> int:
        deployed = None if self.deploy is None else self.deploy.replicas
        told = deployed if self.scale is None else self.scale
        return 1 if told is None else max(told, 1)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A network or a volume, and what it is called in the daemon."""

    name: str = ""
    external: bool = False


class ProjectFile(msgspec.Struct, frozen=True, kw_only=True):
    """`docker compose config --format json`, as far as it matters here."""

    services: dict[str, FileService]
    networks: dict[str, Resource] = {}
    volumes: dict[str, Resource] = {}

    def of(self, role: Role) -> list[str]:
        """The services of a role, by name: those that start by themselves, and instances that can be added."""
        found = (
            name
            for name, service in self.services.items()
            if service.role is role and (role is Role.APP or not service.profiles)
        )
        return sorted(found, key=natural)

    @property
    def one_shots(self) -> list[str]:
        """What must have ended well before an instance starts: the migrations."""
        instances = (service for service in self.services.values() if service.role is Role.APP)
        waits = {name: on for service in instances for name, on in service.depends_on.items()}
        return sorted(name for name, on in waits.items() if on.get("condition") == "service_completed_successfully")

    @property
    def on(self) -> dict[str, list[str]]:
        """The services on each network."""
        return {
            network: sorted(name for name, service in self.services.items() if network in (service.networks or {}))
            for network in self.networks
        }


class Ports(NamedTuple):
    """Of the balancer, on this machine's loopback. `plain` is there with TLS, and only redirects; at `announcing`
    clients say first who they are.
    """

    lb: int
    plain: int
    announcing: int
    control: int
    """Of the fault proxy, where there is one."""


class Release(NamedTuple):
    """A version of the application, and the image that it is in."""

    image: str
    version: str


class Site(NamedTuple):
    """What the parts of one stack's override share. `work` is run-scoped and removed at the end. `original` is the
    project's own file.
    """

    project: str
    original: Path
    plan: StackPlan
    file: ProjectFile
    addresses: Addresses
    work: Path
    run_folder: Path
    ports: Ports
    jwt_secret: str
    upload_key: str
    deployed: dict[str, Release]
    """What other instances run than the file says, by service."""

    def folder(self, name: str) -> Path:
        """A folder that a container may write to, whoever it runs as."""
        folder = self.work / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        return folder

    @property
    def socket(self) -> Path:
        """HAProxy's runtime socket, as seen from here."""
        return self.work / "lb" / SOCKET

    @property
    def apps(self) -> list[str]:
        """The instances that the plan wants: where it wants what is usual, those that the file starts by itself."""
        services = self.file.of(Role.APP)
        if self.plan.instances == DEFAULT_INSTANCES:
            return [name for name in services if not self.file.services[name].profiles]
        return services[: self.plan.instances]

    @property
    def wanted(self) -> list[str]:
        """What to start: all that starts by itself, but for instances that the plan does not want."""
        return [*self.before_the_apps, *self.apps, *self.file.of(Role.LB)]

    @property
    def before_the_apps(self) -> list[str]:
        """What starts by itself, the instances and the balancer left out."""
        services = self.file.services.items()
        return sorted(name for name, it in services if not it.profiles and it.role not in (Role.APP, Role.LB))

    def member(self, instance: str) -> str:
        """What an instance is called, by its service."""
        services = self.file.of(Role.APP)
        return dict(zip(services, names(Role.APP, [(name, 1) for name in services]), strict=True))[instance]

    @property
    def database(self) -> str:
        """What the instances ask for."""
        url = self.file.services[self.file.of(Role.APP)[0]].environment.get("DATABASE_URL") or ""
        return urlsplit(url).path.lstrip("/")

    @property
    def url(self) -> str:
        return f"{'http' if self.plan.tls is None else 'https'}://127.0.0.1:{self.ports.lb}"

    @property
    def is_spoilt(self) -> bool:
        """Whether a defect is wrapped around the application: its code is in the harness's image."""
        return self.plan.app_factory != DEFAULT_FACTORY

    @property
    def app_image(self) -> str:
        if not self.is_spoilt:
            return self.good_image
        if not self.file.of(Role.SINKS):
            raise NotApplicable(
                f"the instances are to be started by code of the harness ({self.plan.app_factory}), and no service of "
                f"the compose file is of its image",
                f"add one that is labelled {ROLE}={Role.SINKS}, as in the harness's own docker-compose.yml",
            )
        return self.file.services[self.file.of(Role.SINKS)[0]].image

    @property
    def images(self) -> set[str]:
        """Of what is started."""
        others = (name for name in self.wanted if self.file.services[name].role is not Role.APP)
        return {self.app_image, *(self.file.services[name].image for name in others)}

    @property
    def good_image(self) -> str:
        """The application's own."""
        return self.file.services[self.file.of(Role.APP)[0]].image

    @property
    def next_image(self) -> str:
        """The next version of it: the same name with another tag."""
        return os.environ.get(NEXT_IMAGE) or f"{self.good_image.rpartition(':')[0]}:next"

    def address(self, service: str, role: Role) -> str:
        """Where a service listens on the network that it shares with a role."""
        others = self.file.of(role)
        return self.addresses.of(self._shared([service], others), service)

    def door(self, hop: Hop) -> tuple[str, int]:
        """Where the fault proxy listens for the clients of a hop: on this machine, as they see it on the network
        that they share with the hop's server.
        """
        network = self._shared(self.file.of(hop.client), self.file.of(hop.server))
        return self.addresses.gateway(network), DOORS + list(Hop).index(hop)

    def behind(self, hop: Hop) -> tuple[str, int]:
        """The server of a hop."""
        clients, (server, *_) = self.file.of(hop.client), self.file.of(hop.server)
        return self.addresses.of(self._shared(clients, [server]), server), self.file.services[server].port

    def _shared(self, some: list[str], others: list[str]) -> str:
        """A network that one of some services shares with one of others."""
        for network, services in sorted(self.file.on.items()):
            if not set(some).isdisjoint(services) and not set(others).isdisjoint(services):
                return network
        raise StackError(
            f"{' and '.join(some) or 'nothing'} shares no network with {' or '.join(others) or 'anything'}",
            "put them on one in the compose file",
        )
