"""A load process whose connections have two ports between them: `python -m tests.conductor.portless`."""

import runpy
import socket as plain
import struct
from typing import Any

import gevent.socket

IP_LOCAL_PORT_RANGE = 51
PORTS = 2


def narrowed() -> None:
    """The kernel then says of a third connection what it says when a machine's ports are all taken."""
    with plain.create_server(("127.0.0.1", 0)) as listener:
        lowest = min(listener.getsockname()[1], 65_000)
    connect = gevent.socket.socket.connect

    def narrow(self: Any, address: Any) -> Any:
        self.setsockopt(plain.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("=I", lowest | (lowest + PORTS - 1) << 16))
        return connect(self, address)

    gevent.socket.socket.connect = narrow  # type: ignore[method-assign]


if __name__ == "__main__":
    narrowed()
    runpy.run_module("scenarios.clients.process", run_name="__main__", alter_sys=True)
