"""A stack of one small process: what the documentation's faults are tried on."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Self

from harness.clock import now
from harness.run import StackFacts
from harness.sampling.base import Meter
from harness.stack import Role

HOST = "127.0.0.1"
PATIENCE_S = 0.5
SERVER = f"""
import http.server, sys
server = http.server.ThreadingHTTPServer(("{HOST}", int(sys.argv[1])), http.server.BaseHTTPRequestHandler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Alone:
    """An async context, and Harmable. Its one member is named by its role."""

    database_url: str | None = None

    def __init__(self, role: Role) -> None:
        self._role = role
        self._port = 0
        self._process = self._run()

    def _run(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(self._port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        self._port = int(process.stdout.readline())
        return process

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.kill(self._role.value)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def facts(self) -> StackFacts:
        return StackFacts(kind="alone", url=self.url)

    def members(self, role: Role) -> Sequence[str]:
        return [role.value] if role is self._role else []

    def meters(self) -> Sequence[Meter]:
        return ()

    def pids(self) -> Mapping[str, int | None]:
        return {self._role.value: self._process.pid if self._process.poll() is None else None}

    async def kill(self, member: str) -> int:
        return self._end(signal.SIGKILL)

    async def stop(self, member: str) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        at = now()
        self._process.send_signal(number)
        self._process.send_signal(signal.SIGCONT)
        self._process.wait()
        return at

    async def pause(self, member: str) -> int:
        self._process.send_signal(signal.SIGSTOP)
        return now()

    async def resume(self, member: str) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def start(self, member: str) -> None:
        if self._process.poll() is not None:
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = self._run()

    async def accepts(self, member: str) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def serves(self, member: str) -> bool:
        try:
            reader, writer = await asyncio.open_connection(HOST, self._port)
        except OSError:
            return False
        try:
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            async with asyncio.timeout(PATIENCE_S):
                return bool(await reader.read(1))
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
