"""A question over HTTP, asked often: leaner than a client, which loads the machine's certificates each time."""

import asyncio

from harness.stacks.embedded.site import HOST

PATIENCE_S = 1.0


async def status_of(port: int, path: str) -> int | None:
    """The status of a GET on a member's own port; None when there is no answer within a second."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
            finally:
                writer.close()
        return int(line.split()[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        return None
