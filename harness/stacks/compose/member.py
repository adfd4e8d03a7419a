"""Member: a container as it was when the stack was whole, which is what undoing goes back to."""

import msgspec

from harness.stack import Role

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
"""Labels that Compose gives to all that it makes."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A container on a network: its names there, and its address."""

    network: str
    aliases: tuple[str, ...]
    address: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A container as it was when the stack was whole: what undoing goes back to.

    `home` is the network over which the harness asks it. `nano_cpus` and `memory_bytes` are limits, 0 for none.
    """

    name: str
    role: Role
    container: str
    service: str
    image: str
    port: int
    home: str
    connections: tuple[Connection, ...]
    running: bool = True
    nano_cpus: int = 0
    memory_bytes: int = 0
    with_swap_bytes: int = 0
    reserved_bytes: int = 0

    def connection(self, network: str) -> Connection:
        return next(found for found in self.connections if found.network == network)

    @property
    def address(self) -> tuple[str, int]:
        return self.connection(self.home).address, self.port

    @property
    def networks(self) -> frozenset[str]:
        return frozenset(connection.network for connection in self.connections)

    @property
    def called(self) -> frozenset[str]:
        """The names by which other containers find it."""
        return frozenset({self.service, *(alias for on in self.connections for alias in on.aliases)})
