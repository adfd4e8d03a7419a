"""Addresses of a project's own: a subnet for each network, and an address for each service on it.

Docker would choose them too, but only when a container starts, and anew each time; known beforehand they can stand in
certificates and in lists of trusted proxies, and a container that was started again is where it was.
"""

import ipaddress
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import docker

from harness.errors import StackError

PREFIX = 28
TRIES = 200
Networks = Mapping[str, Sequence[str]]
"""The services on each network, by name."""


class Addresses:
    def __init__(self, networks: Networks, block: ipaddress.IPv4Network) -> None:
        self.subnets: dict[str, str] = {}
        self._gateways: dict[str, str] = {}
        self._of: dict[tuple[str, str], str] = {}
        for (name, services), subnet in zip(sorted(networks.items()), block.subnets(new_prefix=PREFIX), strict=False):
            self.subnets[name] = str(subnet)
            # The first is the bridge's own: this machine's, as the containers on it see it.
            gateway, *hosts = subnet.hosts()
            self._gateways[name] = str(gateway)
            self._of |= {(name, service): str(host) for service, host in zip(sorted(services), hosts, strict=False)}

    def of(self, network: str, service: str) -> str:
        return self._of[network, service]

    def gateway(self, network: str) -> str:
        return self._gateways[network]

    def all_of(self, service: str) -> list[str]:
        return [address for (_, name), address in self._of.items() if name == service]


def choose(client: docker.DockerClient, networks: Networks) -> Addresses:
    """Addresses in a block of 10.0.0.0/8 that no network of this machine uses. Raises StackError."""
    taken = [ipaddress.ip_network(text) for text in _taken(client)]
    size = (len(networks) - 1).bit_length()
    for _ in range(TRIES):
        start = ipaddress.IPv4Address(int(ipaddress.IPv4Address("10.0.0.0")) + (secrets.randbelow(2**24 - 256) & ~255))
        block = ipaddress.IPv4Network((start, PREFIX - size), strict=False)
        if not any(isinstance(other, ipaddress.IPv4Network) and block.overlaps(other) for other in taken):
            return Addresses(networks, block)
    raise StackError("no addresses are free for the stack's networks", "see `docker network ls`")


def _taken(client: docker.DockerClient) -> Iterable[str]:
    for network in client.networks.list():
        for config in (network.attrs.get("IPAM") or {}).get("Config") or ():
            if config.get("Subnet"):
                yield config["Subnet"]
    yield from _routes()


def _routes() -> Iterable[str]:
    """The networks that this machine has a way to, but for the default one."""
    try:
        rows = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
    except OSError:
        return
    for row in rows:
        address, mask = (int.from_bytes(bytes.fromhex(row[column]), "little") for column in (1, 7))
        if mask:
            yield f"{ipaddress.IPv4Address(address)}/{bin(mask).count('1')}"
