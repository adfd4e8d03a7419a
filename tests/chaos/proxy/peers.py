"""Both ends of connections through a real proxy process, and its control."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil

from harness.lifeline import die_with_parent
from harness.stacks.embedded.ports import free_ports

PATIENCE_S = 20.0
SOON_S = 0.4
"""Within which a clean proxy is expected to deliver a little, and a harmful one is seen not to."""


@contextmanager
def proxy_process(log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The process and the port of its control, which answers."""
    [port] = free_ports(1)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "chaos.proxy"],
            env={**os.environ, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent(),  # noqa: PLW1509
        )
    try:
        wait_for_port(port)
        yield process, port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, f"nobody listens on {port}"
        time.sleep(0.02)


@contextmanager
def child(script: str) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A Python process, and the first line that it says."""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent(),  # noqa: PLW1509
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().decode().strip()
        finally:
            process.kill()


class Control:
    """Toxiproxy's API as its documentation gives it; an answer that is no success is an AssertionError."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: object = None, status: int | None = None) -> Any:
        answer = self.http.request(method, path, json=body) if body is not None else self.http.request(method, path)
        if status is None:
            assert answer.is_success, answer.text
        else:
            assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def add(self, proxy: str, kind: str, stream: str, attributes: object, **more: object) -> str:
        body = {"type": kind, "stream": stream, "attributes": attributes, **more}
        return str(self.ask("POST", f"/proxies/{proxy}/toxics", body)["name"])

    def remove(self, proxy: str, toxic: str) -> None:
        self.ask("DELETE", f"/proxies/{proxy}/toxics/{toxic}", status=204)

    def process(self) -> psutil.Process:
        [pid] = {
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr[1:] == (self.port,)
        }
        return psutil.Process(pid)

    def connections(self, proxy: str) -> list[Any]:
        return list(self.ask("GET", f"/proxies/{proxy}")["connections"])


class End(NamedTuple):
    """One end of a connection. What it reads it keeps, up to the end of the bytes or of the connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes, *, fin: bool = False) -> None:
        self.writer.write(data)
        if fin:
            self.writer.write_eof()
        await self.writer.drain()

    def reset(self) -> None:
        one = self.writer.get_extra_info("socket")
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Received:
    """What arrives at an end, as it arrives. `whole` is set at FIN, `reset` at a reset."""

    def __init__(self, end: End) -> None:
        self.data = bytearray()
        self.reset = False
        self._task = asyncio.create_task(self._read(end.reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(1 << 16):
                self.data += data
        except OSError:
            self.reset = True

    async def over(self, within_s: float = PATIENCE_S) -> bool:
        """Whether the bytes ended by then, one way or the other."""
        done, _ = await asyncio.wait([self._task], timeout=within_s)
        return bool(done)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


class Pair(NamedTuple):
    client: End
    server: End

    def along(self, stream: str) -> tuple[End, End]:
        """The end that sends in this direction, and the one that receives."""
        return (self.client, self.server) if stream == "upstream" else (self.server, self.client)


class Through:
    """A proxy of its own, and a server behind it that only accepts."""

    def __init__(self, control: Control, name: str, port: int, accepted: "asyncio.Queue[End]") -> None:
        self.control = control
        self.name = name
        self.port = port
        self._accepted = accepted
        self._ends: list[End] = []
        self.closed = False

    async def client(self) -> End:
        end = End(*await asyncio.open_connection("127.0.0.1", self.port))
        self._ends.append(end)
        return end

    async def pair(self) -> Pair:
        client = await self.client()
        async with asyncio.timeout(PATIENCE_S):
            server = await self._accepted.get()
        self._ends.append(server)
        return Pair(client, server)

    async def close(self) -> None:
        self.closed = True
        while not self._accepted.empty():
            self._ends.append(self._accepted.get_nowait())
        for end in self._ends:
            end.writer.transport.abort()
            await end.close()


@asynccontextmanager
async def through(control: Control, name: str, **more: object) -> AsyncIterator[Through]:
    accepted: asyncio.Queue[End] = asyncio.Queue()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if whole.closed:
            writer.transport.abort()
        accepted.put_nowait(End(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    upstream = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    made = control.ask("POST", "/proxies", {"name": name, "upstream": upstream, **more}, status=201)
    whole = Through(control, name, int(made["listen"].rpartition(":")[2]), accepted)
    try:
        yield whole
    finally:
        with contextlib.suppress(httpx.ConnectError):  # a test may have ended the proxy
            control.ask("DELETE", f"/proxies/{name}")
        await whole.close()
        server.close()
        await server.wait_closed()


def resets(port: int) -> bool:
    """Whether a client is reset before anything arrives; during connect or after is a matter of scheduling."""
    with socket.socket() as client:
        client.settimeout(PATIENCE_S)
        try:
            client.connect(("127.0.0.1", port))
            client.recv(1)
        except ConnectionResetError:
            return True
    return False


async def until(holds: Any, what: str) -> None:
    """Polls with a deadline: tests wait for events, never for time."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.01)
