"""Who of a project's containers plays which part: told by the label `harness.role`, whoever wrote the compose file."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import docker

from harness.errors import StackError
from harness.stack import Role
from harness.stacks.compose.member import PROJECT, SERVICE, Connection, Member

NUMBER = "com.docker.compose.container-number"
PERIOD_US = 100_000
"""The kernel's own, where no other was asked for."""

ONE_OFF = "com.docker.compose.oneoff"
ROLE = "harness.role"
PORT = "harness.port"

PORTS = {Role.LB: 8080, Role.APP: 4000, Role.POOL: 6432, Role.DB: 5432, Role.CACHE: 6379}
PORTS |= {Role.UPSTREAM: 4000, Role.SINKS: 4000}

ASKED_BY = {
    Role.APP: (Role.LB,),
    Role.POOL: (Role.APP,),
    Role.DB: (Role.POOL, Role.APP),
    Role.CACHE: (Role.APP,),
    Role.UPSTREAM: (Role.APP,),
    Role.SINKS: (Role.APP,),
    Role.LB: (Role.APP,),
}
"""Over whose network a member is asked: one that it shares with these."""


def find(client: docker.DockerClient, project: str, *, whole: bool = True) -> dict[str, Member]:
    """The members of a project, by name: `app-1`, `app-2`, and a lone one by its role. Containers without the label
    are none of the harness's business. Raises StackError when it should be `whole`, and has no balancer or instance.
    """
    seen: dict[Role, list[dict[str, Any]]] = defaultdict(list)
    filters = {"label": [f"{PROJECT}={project}", ROLE, f"{ONE_OFF}=False"]}
    for summary in client.api.containers(all=True, filters=filters):
        label = summary["Labels"][ROLE]
        try:
            role = Role(label)
        except ValueError:
            roles = ", ".join(Role)
            raise StackError(f"{_name(summary)} has the role {label!r}, which there is not", f"use {roles}") from None
        seen[role].append(client.api.inspect_container(summary["Id"]))
    if whole and not seen and not client.api.containers(all=True, filters={"label": f"{PROJECT}={project}"}):
        raise StackError(f"there is no Compose project {project}", "`docker compose ls` lists those that there are")
    if whole and not (seen[Role.LB] and seen[Role.APP]):
        raise StackError(
            f"the project {project} has no containers labelled {ROLE}=lb and {ROLE}=app",
            "label the services of its compose file: see docs/compose.md",
        )
    on = {role: {network for found in those for network in _networks(found)} for role, those in seen.items()}
    members = [
        _member(found, role, name, on)
        for role, those in seen.items()
        for name, found in _named(role, sorted(those, key=_order))
    ]
    return {member.name: member for member in members}


def _named(role: Role, found: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from zip(names(role, [_service(each) for each in found]), found, strict=True)


def names(role: Role, services: Sequence[tuple[str, int]]) -> list[str]:
    """What the containers of a role are called, in this order: each by its service, and its number in that.

    A service `app-3` is that, also when `app-2` is not there, and so is the third of a service that has several.
    """
    own = {service for service, _ in services}
    if all(re.fullmatch(rf"{role}-\d+", service) for service in own) and len(own) == len(services):
        return [service for service, _ in services]
    if len(services) == 1 and role is not Role.APP:
        return [role.value]
    numbers = [number for _, number in services] if len(own) == 1 else range(1, len(services) + 1)
    return [f"{role}-{number}" for number in numbers]


def natural(service: str) -> tuple[tuple[str, int], ...]:
    """To sort by: `web-10` comes after `web-9`."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", service))


def _member(found: dict[str, Any], role: Role, name: str, on: dict[Role, set[str]]) -> Member:
    labels, networks, host = found["Config"]["Labels"], _networks(found), found["HostConfig"]
    shared = [name for asker in ASKED_BY[role] for name in sorted(networks) if name in on.get(asker, ())]
    connections = tuple(
        Connection(
            network=name,
            # Compose names the service and the container; Docker adds the container's id by itself.
            aliases=tuple(alias for alias in network.get("Aliases") or () if alias != found["Id"][:12]),
            address=network.get("IPAddress") or _fixed(network) or "",
        )
        for name, network in sorted(networks.items())
    )
    return Member(
        name=name,
        role=role,
        container=found["Id"],
        service=labels[SERVICE],
        image=found["Config"]["Image"],
        port=_port(found, role),
        home=(shared or sorted(networks) or [""])[0],
        connections=connections,
        running=bool(found["State"]["Running"]),
        nano_cpus=nano_cpus(host),
        memory_bytes=int(host["Memory"]),
        with_swap_bytes=int(host["MemorySwap"]),
        reserved_bytes=int(host["MemoryReservation"]),
    )


def nano_cpus(host: dict[str, Any]) -> int:
    """A container's limit, 0 for none, however it was given: as a number of CPUs, or as a quota of a period."""
    if host["NanoCpus"]:
        return int(host["NanoCpus"])
    return int(host["CpuQuota"] * 1e9 / (host["CpuPeriod"] or PERIOD_US)) if host["CpuQuota"] > 0 else 0


def _networks(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    networks: dict[str, dict[str, Any]] = found["NetworkSettings"]["Networks"] or {}
    return networks


def _fixed(network: dict[str, Any]) -> str | None:
    """The address that was asked for: a container that does not run has no other."""
    address: str | None = (network.get("IPAMConfig") or {}).get("IPv4Address")
    return address


def _service(found: dict[str, Any]) -> tuple[str, int]:
    labels = found["Config"]["Labels"]
    return labels[SERVICE], int(labels[NUMBER])


def _order(found: dict[str, Any]) -> tuple[tuple[tuple[str, int], ...], int]:
    service, number = _service(found)
    return natural(service), number


def _port(found: dict[str, Any], role: Role) -> int:
    label = found["Config"]["Labels"].get(PORT) or str(PORTS[role])
    if not label.isdigit():
        raise StackError(f"{found['Name'].lstrip('/')} has the label {PORT}={label}", "it wants the number of a port")
    return int(label)


def _name(summary: dict[str, Any]) -> str:
    return str(summary["Names"][0]).lstrip("/")
