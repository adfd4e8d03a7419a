"""Whether a server answers, in its own protocol: asked often, so by leaner means than a client."""

import asyncio
from typing import NamedTuple

import msgspec
import psycopg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PATIENCE_S = 1.0


class Answer(NamedTuple):
    status: int
    body: bytes


async def answer_of(host: str, port: int, path: str) -> Answer | None:
    """What a GET on a member's own port is answered; None when there is no whole answer within a second."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
        return Answer(int(head.split()[1]), body)
    except (OSError, TimeoutError, IndexError, ValueError):
        return None


async def status_of(host: str, port: int, path: str) -> int | None:
    """The status alone."""
    answer = await answer_of(host, port, path)
    return answer.status if answer else None


class Health(msgspec.Struct):
    """What of an instance's own word on itself is read here."""

    version: str


async def version_of(host: str, port: int) -> str | None:
    """Which version an instance says it is; None when it does not answer."""
    answer = await answer_of(host, port, "/health")
    try:
        return msgspec.json.decode(answer.body, type=Health).version if answer else None
    except msgspec.DecodeError:
        return None


async def is_healthy(host: str, port: int) -> bool:
    return await status_of(host, port, "/health") == 200


async def accepts(host: str, port: int) -> bool:
    """Whether a client gets a connection within a second."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def answers_sql(url: str) -> bool:
    """Whether a query is answered: by Postgres, or through PgBouncer."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2, prepare_threshold=None) as connection:
            await connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


async def answers_redis(url: str) -> bool:
    client = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
