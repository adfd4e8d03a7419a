"""The head of a request: how long it may be, how long it may take, and what comes of it otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from target.protocol import protocol_for

pytestmark = pytest.mark.asyncio

HEAD = b"GET / HTTP/1.1\r\nHost: target\r\n"
HEAD_SECONDS = 0.2


class Served:
    """An application that answers when it is let, on a port of its own."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked = asyncio.Event()
        self.let.set()
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.set()
        await self.let.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    app = Served()
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    protocol, state = protocol_for("test-1", HEAD_SECONDS), ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        app.port = server.sockets[0].getsockname()[1]
        yield app


async def test_a_head_that_does_not_end_in_time_is_a_408(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(HEAD + b"X-Slow: ")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"x-instance: test-1" in head
    assert json.loads(body)["status"] == 408
    writer.close()


async def test_a_head_without_an_end_is_a_431_however_it_comes(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(HEAD + b"X-Long: ")
    # Not a byte more than it takes: what nobody reads any more makes the kernel reset the connection, answer and all.
    for _ in range(16):
        writer.write(b"x" * 4096)
        await asyncio.sleep(0)
    assert (await reader.read()).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert not served.asked.is_set()
    writer.close()


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_trailers_have_an_end_too(served: Served, method: bytes) -> None:
    reader, writer = await served.connect()
    writer.write(method + b" / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Long: ")
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
    for _ in range(17):
        writer.write(b"x" * 4096)
        await asyncio.sleep(0)
    # It has its answer: there is nothing more to say.
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()


async def test_a_body_that_breaks_off_is_a_400(served: Served) -> None:
    served.let.clear()
    reader, writer = await served.connect()
    writer.write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    await served.asked.wait()
    writer.write(b"no size\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    writer.close()


async def test_a_long_body_is_no_long_head(served: Served) -> None:
    reader, writer = await served.connect()
    for _ in range(2):
        writer.write(HEAD + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_a_head_in_pieces_is_served_and_its_time_does_not_run_on(served: Served) -> None:
    served.let.clear()
    reader, writer = await served.connect()
    writer.write(HEAD)
    await asyncio.sleep(HEAD_SECONDS / 4)
    writer.write(b"\r\n")
    await served.asked.wait()
    # Longer than the head may take: what the application takes is its own affair.
    await asyncio.sleep(HEAD_SECONDS * 1.5)
    served.let.set()
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_nothing_is_written_into_another_answer(served: Served) -> None:
    served.let.clear()
    reader, writer = await served.connect()
    writer.write(HEAD + b"\r\n")
    await served.asked.wait()
    writer.write(b"NONSENSE\r\n\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_nonsense_after_an_answer_is_a_400(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(HEAD + b"\r\n")
    await reader.readuntil(b"ok")
    writer.write(b"NONSENSE\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    writer.close()
