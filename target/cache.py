"""Redis as a cache that may be slow, lost or wiped at any time, and never is a client's problem.

Three rules hold everywhere below:

1. A failure is a miss. It costs the first request a short time-out; after that the cache is left alone until
   it has answered again, so that a hung Redis does not cost every request the time-out.
2. What was cached before an outage is not believed after it. While Redis was out of reach, writes could not
   invalidate; so the first command that must succeed before the cache is used again is the invalidation of
   everything.
3. The same goes for a Redis that was restarted, since it may have come back with an old snapshot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import redis.asyncio
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from target.observability.logs import log
from target.observability.metrics import Metrics

T = TypeVar("T")
Client = redis.asyncio.Redis

_CONNECT_SECONDS = 0.2
_ANSWER_SECONDS = 0.25
_LEAVE_ALONE_SECONDS = 0.5
_LOG_EVERY_SECONDS = 5.0


class Cache:
    """The connection to Redis, and whether it is trusted at the moment."""

    def __init__(self, url: str, metrics: Metrics) -> None:
        pool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            # redis-py would try again, and wait in between, while a client waits for us.
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=self._on_connect,
        )
        self._redis = Client.from_pool(pool)
        self._metrics = metrics
        self._generations: list[str] = []
        self._server: str | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._owed = False
        self._last_logged = float("-inf")

    @property
    def trusted(self) -> bool:
        """Whether it answered when last asked."""
        return self._recovery is None

    def register_generation(self, key: str) -> None:
        """Name a counter whose increase invalidates; it is increased before the cache is trusted again."""
        self._generations.append(key)

    async def attempt(self, command: Callable[[Client], Awaitable[T]]) -> T | None:
        """Run a command; None when the cache is out of reach."""
        if self._recovery is not None:
            return None
        try:
            return await command(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(error)
            return None

    def owe_invalidation(self) -> None:
        """Note that a write could not invalidate: that is made up for before the cache is trusted."""
        self._owed = True

    async def ping(self) -> bool:
        """Whether it answers now."""
        return bool(await self.attempt(_ping))

    async def close(self) -> None:
        """Give up the connections."""
        if self._recovery is not None:
            self._recovery.cancel()
            with suppress(asyncio.CancelledError):
                await self._recovery
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    def _lost(self, error: Exception) -> None:
        self._metrics.cache_errors.inc()
        if self._recovery is None:
            self._log_rarely("cache lost, going on without", error)
            self._recovery = asyncio.create_task(self._recover(), name="cache-recovery")

    async def _recover(self) -> None:
        # At once, for the sake of other instances, which may still reach what this one failed to invalidate.
        await self._make_up()
        while True:
            await asyncio.sleep(_LEAVE_ALONE_SECONDS)
            if await self._make_up():
                log.info("cache is back")
                self._recovery = None
                return

    async def _make_up(self) -> bool:
        try:
            self._owed = True
            while self._owed:
                # A write that comes during the command may have missed its effect, and sets this again.
                self._owed = False
                await self._invalidate_all()
        except (RedisError, OSError, TimeoutError) as error:
            self._metrics.cache_errors.inc()
            self._log_rarely("cache still lost", error)
            return False
        return True

    async def _invalidate_all(self) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.ping()
            for key in self._generations:
                pipe.set(key, first_generation(), nx=True)
                pipe.incr(key)
            await pipe.execute()

    async def _on_connect(self, connection: AbstractConnection) -> None:
        await connection.on_connect()
        server = await _server_identity(connection)
        if server == self._server:
            return
        for key in self._generations:
            await _call(connection, "SET", key, first_generation(), "NX")
            await _call(connection, "INCR", key)
        # Only now: a second connection that is just being made must not read before the invalidation.
        self._server = server

    def _log_rarely(self, event: str, error: Exception) -> None:
        now = time.monotonic()
        if now - self._last_logged >= _LOG_EVERY_SECONDS:
            self._last_logged = now
            log.warning(event, error=type(error).__name__, reason=str(error))


def first_generation() -> int:
    """Where a lost counter starts again: above any number that it can have had before it was lost."""
    return time.time_ns() // 1000


async def _ping(client: Client) -> bool:
    return bool(await client.ping())


async def _call(connection: AbstractConnection, *command: str | int) -> Any:
    await connection.send_command(*command)
    return await connection.read_response()


async def _server_identity(connection: AbstractConnection) -> str:
    info = await _call(connection, "INFO", "server")
    text = info.decode() if isinstance(info, bytes) else str(info)
    return next((line for line in text.splitlines() if line.startswith("run_id:")), "")
