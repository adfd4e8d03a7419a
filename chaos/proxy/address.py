"""Addresses as people write them: `host:port`, `[::1]:port`, and `:port` for this machine alone."""

import socket
from typing import NamedTuple

LOOPBACK = "127.0.0.1"


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parsed(text: str) -> Address:
    """ValueError says what is wrong. Without a host it is the loopback address, and never all of them."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{text!r} is no address: write host:port, with a port up to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r} is no address: write an IPv6 address in brackets, [::1]:{port}")
    return Address(host or LOOPBACK, int(port))


def bound(address: Address) -> socket.socket:
    """A socket that has the address to itself, and does not listen yet; OSError where it cannot."""
    [(*kind, _, resolved), *_] = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    one = socket.socket(*kind)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(resolved)
        one.setblocking(False)
    except OSError:
        one.close()
        raise
    if address.port:
        return one
    # A port that the kernel chose is lost when the socket ceases to listen: it is taken again by its number.
    with one:
        return bound(of(one))


def of(one: socket.socket) -> Address:
    """Where it is bound: port 0 has become a real one."""
    host, port, *_ = one.getsockname()
    return Address(host, port)
