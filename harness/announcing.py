"""Clients with an address of their own where the network would give all of them the same one.

What a container sees of a client on its host is the bridge's address. The PROXY protocol is how balancers tell each
other whom a connection is from: https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, version 1.
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx


class Announcing(httpcore.AsyncNetworkBackend):
    """Opens connections as httpcore does, and says on each first that it comes from `address`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        await stream.write(f"PROXY TCP4 {self._address} 127.0.0.1 1 {port}\r\n".encode(), timeout)
        return stream

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class AnnouncingTransport(httpx.AsyncHTTPTransport):
    def __init__(self, address: str, verify: ssl.SSLContext | bool) -> None:
        super().__init__(verify=verify)
        # httpx has no way to name a network backend, and httpcore has no transport.
        self._pool = httpcore.AsyncConnectionPool(network_backend=Announcing(address))
