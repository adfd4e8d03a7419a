"""Clients who each hold a connection open and ask over it now and then, as an app on a phone does. Who loses it, or
gets no good answer, comes back after a pause: of one length, or of one that is drawn each time. A line of JSON says
what became of each try.
"""

import asyncio
import os
import random
import ssl
import sys
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import msgspec

from harness.clock import now, seconds

OK = 200
UNANSWERED, LOST = 0, -1
"""In the place of a status: nobody answered, and nothing was asked when the connection was lost."""

ASKS_EVERY_S = 1.0
PAUSE_S = 1.0
"""On the average: one that is drawn is between nothing and twice as long."""

ANSWER_S = 10.0
HERD = "HERD"
"""The variable with all that a herd is told."""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What a herd is told: whom to ask for what, one after the other, how many they are, and whether their pauses have
    one length. `ca_file` is whom they trust, where they are to speak TLS.
    """

    url: str
    paths: tuple[str, ...]
    token: str
    clients: int
    in_step: bool
    ca_file: str | None = None
    seed: int = 1

    def environment(self) -> dict[str, str]:
        return {HERD: msgspec.json.encode(self).decode()}

    @classmethod
    def read(cls) -> Self:
        return msgspec.json.decode(os.environ[HERD], type=cls)


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One client that asks: when it began (ns, by `harness.clock`), how long it took, the status of its last answer."""

    client: int
    began: int
    seconds: float
    status: int


class Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str, trust: ssl.SSLContext | None) -> Self:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, ssl=trust))

    async def ask(self, request: bytes) -> int:
        """The status. Raises OSError or EOFError when there is none."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        await self.reader.readexactly(length)
        return int(lines[0].split()[1])

    async def lost_within(self, pause_s: float) -> bool:
        """Nobody says anything unasked: whatever comes is the end."""
        try:
            async with asyncio.timeout(pause_s):
                await self.reader.read(1)
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


class Client:
    def __init__(self, number: int, called: Called) -> None:
        self._number = number
        self._called = called
        self._trust = ssl.create_default_context(cafile=called.ca_file) if called.ca_file else None
        self._draw = random.Random(called.seed * 1_000_003 + number)
        rest = f"HTTP/1.1\r\nHost: {urlsplit(called.url).netloc}\r\nAuthorization: Bearer {called.token}\r\n\r\n"
        self._requests = [f"GET {path} {rest}".encode() for path in called.paths]

    async def live(self) -> None:
        """For ever."""
        # Who is there from the beginning came one after the other.
        await asyncio.sleep(self._draw.uniform(0, ASKS_EVERY_S))
        while True:
            await self._as_long_as_it_lasts()
            await asyncio.sleep(PAUSE_S if self._called.in_step else self._draw.uniform(0, 2 * PAUSE_S))

    async def _as_long_as_it_lasts(self) -> None:
        """Over one connection."""
        began, connection = now(), None
        try:
            async with asyncio.timeout(ANSWER_S):
                connection = await Connection.to(self._called.url, self._trust)
            while True:
                async with asyncio.timeout(ANSWER_S):
                    status = await self._ask(connection)
                self._tell(began, status)
                if status != OK:
                    return
                lost = await connection.lost_within(self._draw.uniform(0.5, 1.5) * ASKS_EVERY_S)
                began = now()
                if lost:
                    self._tell(began, LOST)
                    return
        except (OSError, EOFError):
            self._tell(began, UNANSWERED)
        finally:
            if connection is not None:
                connection.writer.close()

    async def _ask(self, connection: Connection) -> int:
        """For all that it wants, unless it is refused something."""
        status = OK
        for request in self._requests:
            if status == OK:
                status = await connection.ask(request)
        return status

    def _tell(self, began: int, status: int) -> None:
        done = Try(client=self._number, began=began, seconds=seconds(now() - began), status=status)
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()


async def main() -> None:
    called = Called.read()
    await asyncio.gather(*(Client(number, called).live() for number in range(called.clients)))


if __name__ == "__main__":
    asyncio.run(main())
