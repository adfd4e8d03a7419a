"""A client that is never the limit: a few connections, each of which asks again as soon as it was answered.

`python -m benchmarks.feed_client PORT TOKEN SECONDS` prints how many answers came.
"""

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

CONNECTIONS = 64
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
END = b"\r\n\r\n"


class Asking(asyncio.Protocol):
    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.answers = 0
        self.received = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(END)
        length = LENGTH.search(self.received, 0, end + 2)
        if end < 0 or length is None or len(self.received) < end + len(END) + int(length[1]):
            return
        if not self.received.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(RuntimeError(self.received.decode(errors="replace")))
            return
        self.received = b""
        self.answers += 1
        if time.monotonic() < self.until:
            self.transport.write(self.request)
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))


async def main(port: int, token: str, seconds: float) -> int:
    request = (
        b"GET /feed HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode()
    )
    until = time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Asking(request, until), "127.0.0.1", port))[1] for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return sum(client.answers for client in clients)


if __name__ == "__main__":
    print(uvloop.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
