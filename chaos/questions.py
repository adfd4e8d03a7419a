"""Asking a server over a hop, as its clients do: how soon it answers, and how the connection ends otherwise."""

import asyncio
import struct
from enum import StrEnum
from typing import NamedTuple

import psycopg

from chaos.logins import login_at
from harness.clock import now, seconds
from harness.stack import Hop, Inspectable, Proxied, Role

SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
GET = b"GET /health HTTP/1.1\r\nHost: hop\r\n\r\n"
SHORT = {
    Role.POOL: SSL_REQUEST,
    Role.DB: SSL_REQUEST,
    Role.CACHE: b"PING\r\n",
    Role.UPSTREAM: GET,
    Role.SINKS: GET,
}
"""To each of these a server says something at once, whoever asks."""

LEAST_HTTP_ANSWER = 100
"""Bytes, head included."""


class How(StrEnum):
    ANSWERED = "answered"
    CLOSED = "closed without an answer"
    RESET = "reset"
    SILENT = "silent"


class Answer(NamedTuple):
    """`seconds` from the question to the last byte that was waited for, or to how it ended."""

    how: How
    seconds: float


async def short(stack: Proxied, hop: Hop, patience_s: float) -> Answer:
    """A new connection, the shortest question there is, and the first byte of the answer."""
    return await _asked(stack.hop_address(hop), SHORT[hop.server], 1, patience_s)


async def long(stack: Proxied, hop: Hop, size: int, patience_s: float) -> Answer:
    """A new connection, and questions whose answers have `size` bytes together, at least."""
    match hop.server:
        case Role.POOL | Role.DB:
            return await _queried(_as_the_application(stack, hop), size, patience_s)
        case Role.CACHE:
            question = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (size, b"x" * size)
        case _:
            question = GET * (1 + size // LEAST_HTTP_ANSWER)
    return await _asked(stack.hop_address(hop), question, size, patience_s)


async def _asked(address: tuple[str, int], question: bytes, size: int, patience_s: float) -> Answer:
    began = now()
    how = How.SILENT
    try:
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(question)
                await reader.readexactly(size)
                how = How.ANSWERED
            finally:
                writer.close()
    except TimeoutError:
        pass
    except asyncio.IncompleteReadError:
        how = How.CLOSED
    except OSError:
        how = How.RESET
    return Answer(how, seconds(now() - began))


async def _queried(url: str, size: int, patience_s: float) -> Answer:
    began = now()
    how = How.SILENT
    try:
        async with asyncio.timeout(patience_s):
            async with await psycopg.AsyncConnection.connect(url, prepare_threshold=None) as connection:
                await connection.execute("select repeat('x', %s)", (size,))
            how = How.ANSWERED
    except TimeoutError:
        pass
    except psycopg.OperationalError:
        how = How.CLOSED
    return Answer(how, seconds(now() - began))


def _as_the_application(stack: Proxied, hop: Hop) -> str:
    """PgBouncer takes its login, and hands it on."""
    assert isinstance(stack, Inspectable)
    return login_at(stack, stack.hop_address(hop))
