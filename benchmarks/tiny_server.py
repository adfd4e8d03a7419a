"""A server that is never the limit: one small answer to whatever comes, in a process that can be frozen.

`python -m benchmarks.tiny_server PORT`
"""

import asyncio
import sys
from typing import cast

import uvloop

BODY = b'{"ok":true}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Instance: tiny\r\nContent-Length: %d\r\n\r\n" % len(
    BODY
)
ANSWER = HEAD + BODY
END = b"\r\n\r\n"


class Tiny(asyncio.Protocol):
    """Answers once for each end of a request's head; bodies are not expected."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, but do what they do.
        self.transport = cast("asyncio.Transport", transport)
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(END)
        if requests:
            self.transport.write(ANSWER * len(requests))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Tiny, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
