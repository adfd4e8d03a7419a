"""A stack of one small process: what the documentation's faults are tried on.

Where a hop is named, the fault proxy stands before it; companions may run beside it.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from harness.clock import now
from harness.run import EventLog, StackFacts
from harness.sampling.base import Meter
from harness.stack import Hop, Role
from harness.stacks import hops
from harness.stacks.companions import Companions
from harness.stacks.embedded.ports import free_ports

HOST = "127.0.0.1"
PATIENCE_S = 0.5
SERVER = f"""
import http.server, sys
http.server.ThreadingHTTPServer.request_queue_size = 128
server = http.server.ThreadingHTTPServer(("{HOST}", int(sys.argv[1])), http.server.BaseHTTPRequestHandler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Alone:
    """An async context: Harmable, Accompanied and, with a `hop`, Proxied. Its one member is named by its role."""

    database_url: str | None = None
    ca_file: Path | None = None
    announcing_url: str | None = None

    def __init__(self, role: Role, hop: Hop | None = None) -> None:
        self._role = role
        self._port = 0
        self._hop = hop
        self._until_the_end = AsyncExitStack()
        self._beside: dict[str, subprocess.Popen[bytes]] = {}
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
        if self._hop is not None:
            await self._stand(self._hop)
        return self

    async def _stand(self, hop: Hop) -> None:
        folder = Path(self._until_the_end.enter_context(TemporaryDirectory(prefix="alone-")))
        events = EventLog(folder)
        self._until_the_end.callback(events.close)
        companions = Companions("alone", folder, events)
        self._until_the_end.push_async_callback(companions.end_all)
        self._control, self._door = free_ports(2)
        await hops.stand(companions, self._control, [hops.Place(hop, (HOST, self._door), (HOST, self._port))])

    async def __aexit__(self, *exception: object) -> None:
        for name in self._beside:
            await self.leave(name)
        await self._until_the_end.aclose()
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

    def pids(self) -> dict[str, int | None]:
        every: dict[str, subprocess.Popen[str] | subprocess.Popen[bytes]] = {self._role.value: self._process}
        every |= self._beside
        return {name: process.pid if process.poll() is None else None for name, process in every.items()}

    # -- looked at, accompanied, behind the proxy ------------------------------------------------------------

    @property
    def app_environment(self) -> dict[str, str]:
        return {}

    def address(self, member: str) -> tuple[str, int]:
        return HOST, self._port

    def logs_are_written(self) -> None:
        """It writes none."""

    async def accompany(self, name: str, module: str, environment: dict[str, str]) -> None:
        if self.accompanied(name):
            return
        # By its file, since a page's module lies where only this process looks for it.
        found = find_spec(module)
        assert found is not None
        assert found.origin is not None
        self._beside[name] = subprocess.Popen([sys.executable, found.origin], env=environment)  # noqa: ASYNC220

    async def leave(self, name: str) -> None:
        if name in self._beside:
            self._beside[name].kill()
            self._beside[name].wait()

    def accompanied(self, name: str) -> bool:
        return name in self._beside and self._beside[name].poll() is None

    def hops(self) -> tuple[Hop, ...]:
        return () if self._hop is None else (self._hop,)

    def hop_control(self) -> str:
        return hops.control(self._control)

    def hop_address(self, hop: Hop) -> tuple[str, int]:
        return HOST, self._door

    # -- how it can be harmed -------------------------------------------------------------------------------

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
