"""Free loopback ports that stay free."""

import random
import socket
from contextlib import ExitStack
from pathlib import Path

from harness.errors import StackError

LOWEST, HIGHEST = 10_000, 60_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 2_000


class HeldPorts:
    """Ports that no other harness of this machine takes, also while nobody listens there: before a server's start, and
    while a drill has ended it. What holds them are names of sockets, which end with this process at the latest.
    """

    def __init__(self) -> None:
        self._held = ExitStack()

    def take(self, count: int, host: str = "127.0.0.1") -> list[int]:
        """Ports below the ephemeral range: no outgoing connection can take a killed server's port before its restart.

        Raises StackError when there are not so many.
        """
        highest = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
        if highest <= LOWEST:
            # Load hosts give out nearly every port to outgoing connections: then there is no quiet range.
            highest = HIGHEST
        found: list[int] = []
        for port in random.SystemRandom().sample(range(LOWEST, highest), min(TRIES, highest - LOWEST)):
            name, listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), socket.socket()
            with listener:
                try:
                    name.bind(f"\0harness-port-{port}")
                    listener.bind((host, port))
                except OSError:
                    name.close()
                    continue
            self._held.enter_context(name)
            found.append(port)
            if len(found) == count:
                return found
        raise StackError(f"only {len(found)} of {count} ports are free on {host}", "stop what holds the others")

    def release(self) -> None:
        """Anybody may have them again."""
        self._held.close()


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """For what listens there at once."""
    ports = HeldPorts()
    try:
        return ports.take(count, host)
    finally:
        ports.release()


def must_be_free(port: int, host: str = "127.0.0.1") -> int:
    """For a port that a person asked for. Raises StackError that says so when it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise StackError(
                f"port {port} on {host} cannot be used ({error.strerror})",
                "choose another with --port, or stop its holder",
            ) from error
    return port
