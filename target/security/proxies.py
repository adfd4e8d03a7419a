"""Whose request it is, when proxies stand in between.

Anybody may write X-Forwarded-For. Each proxy appends the address that it was called from, so only what our own
proxies appended is to be believed: the client is the rightmost address that is none of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.types import Scope

from target.variables import Network

_HEADER = b"x-forwarded-for"
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 256
# More hops than there are proxies in any house; the rest is what clients made up.
_HOPS = 16


class Proxies:
    """The networks of the proxies that are believed; with none, the client is whoever connected."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)
        # Each client comes back with the same header many times.
        self._resolved = lru_cache(_REMEMBERED)(self._resolve)

    def client_address(self, scope: Scope) -> str:
        """The client's IP address; "" where the server knows none, as on a Unix socket."""
        client = scope.get("client")
        peer: str = client[0] if client else ""
        if not self._trusted:
            return peer
        forwarded = [value for name, value in scope["headers"] if name == _HEADER]
        if not forwarded:
            return peer
        chain = forwarded[0] if len(forwarded) == 1 else b",".join(forwarded)
        return self._resolved(peer, chain) if len(chain) <= _LONGEST_REMEMBERED else self._resolve(peer, chain)

    def _resolve(self, peer: str, chain: bytes) -> str:
        address = _address(peer)
        if address is None or not self._trusts(address):
            return peer
        for hop in reversed(chain.rsplit(b",", _HOPS)[-_HOPS:]):
            caller = _address(hop.decode("latin-1"))
            if caller is None:
                # What is no address says nothing, and neither does what stands before it.
                break
            address = caller
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    # Some proxies append the port too: 192.0.2.1:4711, [2001:db8::1]:4711.
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
