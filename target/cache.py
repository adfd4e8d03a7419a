"""Redis as a cache that may be slow, lost or wiped at any time, and never is a client's problem.

Three rules hold everywhere below:

1. A failure is a miss. It costs the requests of that moment a short time-out; after that the cache is left alone
   until it has answered again, so that a hung Redis does not cost every request the time-out.
2. What was cached before an outage is not believed after it. While Redis was out of reach, writes could not
   invalidate; so the first commands that must succeed before the cache is used again are those that make up for
   what may have been missed: the invalidation of everything, the revocations.
3. The same goes for a Redis that was restarted, since it may have come back empty or with an old snapshot.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import Future
from collections.abc import Callable, Iterable
from contextlib import suppress

import hiredis

from target.observability.logs import log
from target.observability.metrics import Metrics
from target.observability.tracing import Attribute, Kind, Span, Unrecorded, create_span
from target.redis.address import Command, RedisAddress
from target.redis.pipeline import Ask, Disconnected, Pipeline, Reply

_LEAVE_ALONE_SECONDS = 0.5
_LOG_EVERY_SECONDS = 5.0


class Cache:
    """The connection to Redis, and whether it is trusted at the moment."""

    def __init__(self, url: str, metrics: Metrics) -> None:
        self._redis = Pipeline(RedisAddress.parse(url), self._meet, self._lost)
        self._metrics = metrics
        self._amends: list[Callable[[], Iterable[Command]]] = []
        self._server: str | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._owed = False
        self._last_logged = float("-inf")

    @property
    def trusted(self) -> bool:
        """Whether it answered when last asked."""
        return self._recovery is None

    def make_up_with(self, amends: Callable[[], Iterable[Command]]) -> None:
        """Register what must be written before the cache is trusted again, or a new server for the first time."""
        self._amends.append(amends)

    def send(self, *command: str | bytes | int) -> Future[Reply]:
        """The reply to come; an exception as its value when the cache is out of reach.

        Commands that are sent without an `await` in between travel together, in this order.
        """
        if self._recovery is None:
            return self._redis.send(command)
        answer: Future[Reply] = asyncio.get_running_loop().create_future()
        answer.set_result(Disconnected("left alone until it is back"))
        return answer

    def failed(self, reply: Reply) -> bool:
        """Whether a reply is none. A refusal by Redis itself (read-only, out of memory) ends the trust in it."""
        if isinstance(reply, hiredis.ReplyError):
            self._lost(reply)
        return isinstance(reply, Exception)

    def owe(self) -> None:
        """Note that a write could not be told to Redis: that is made up for before the cache is trusted."""
        self._owed = True

    async def ping(self) -> bool:
        """Whether it answers now."""
        return not self.failed(await self.send("PING"))

    async def close(self) -> None:
        """Give up the connection."""
        if self._recovery is not None:
            self._recovery.cancel()
            with suppress(asyncio.CancelledError):
                await self._recovery
        await self._redis.close()

    def _lost(self, error: Exception) -> None:
        if self._recovery is None:
            self._metrics.cache_errors.inc()
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
                # A write that comes during the commands may have missed their effect, and sets this again.
                self._owed = False
                await self._redis.ask([("PING",), *self._all_amends()])
        except (OSError, TimeoutError, hiredis.ReplyError) as error:
            self._metrics.cache_errors.inc()
            self._log_rarely("cache still lost", error)
            return False
        return True

    def _all_amends(self) -> list[Command]:
        return [command for amends in self._amends for command in amends()]

    async def _meet(self, ask: Ask) -> None:
        (info,) = await ask([("INFO", "server")])
        server = _identity(info)
        if server != self._server:
            await ask(self._all_amends())
            self._server = server

    def _log_rarely(self, event: str, error: Exception) -> None:
        now = time.monotonic()
        if now - self._last_logged >= _LOG_EVERY_SECONDS:
            self._last_logged = now
            log.warning(event, error=type(error).__name__, reason=str(error))


class RedisSpan:
    """Spans around the wait for what was sent together. One for the batch: it has one round trip.

    `span = ADMISSION.begin()`, and `span.end()` in a `finally`: nothing inside has spans of its own.
    """

    __slots__ = ("_attributes", "_name")

    def __init__(self, batch: str) -> None:
        self._name = f"redis {batch}"
        self._attributes: dict[str, Attribute] = {"db.system.name": "redis", "db.operation.name": batch}

    def begin(self) -> Span | Unrecorded:
        """One that has begun."""
        return create_span(self._name, Kind.CLIENT, self._attributes)


def _identity(info: bytes) -> str:
    return next((line for line in info.decode(errors="replace").splitlines() if line.startswith("run_id:")), "")
