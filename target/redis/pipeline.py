"""One connection to Redis, on which everything that is asked in one turn of the event loop goes out together.

Requests that are served at the same time so share system calls, round trips and wake-ups, and a request that
needs four answers waits once. Redis answers in order, so what waits is a queue of futures: no task and no lock
for each command. A failure is a value like any other reply, since nobody here may be harmed by one.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import hiredis

from target.redis.address import Command, RedisAddress

Reply = Any
"""int, bytes, None (nil), a list of those, or the exception that says why there is no answer."""
Ask = Callable[[Iterable[Command]], Awaitable[list[Reply]]]

_CONNECT_SECONDS = 0.2
_TICK_SECONDS = 0.05
_PATIENCE_TICKS: Final = 5
_INCOMPLETE: Final = object()


class Disconnected(ConnectionError):
    """Redis is out of reach, or does not answer in time."""


class Connection(asyncio.Protocol):
    """The protocol's two directions: commands out, replies in, in the same order."""

    def __init__(self, on_end: Callable[[Connection, Exception | None], None]) -> None:
        self._on_end = on_end
        self.loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._waiting: deque[Future[Reply]] = deque()
        self._watched: Future[Reply] | None = None
        self._ticks = 0
        self._timer: asyncio.TimerHandle | None = None
        self.ended: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        # uvloop's transports are none of asyncio's classes, but do what they do.
        self._transport = transport  # type: ignore[assignment]

    def send(self, command: Command, answer: Future[Reply]) -> None:
        """Put a command into this turn's batch; `answer` gets the reply."""
        if self.ended is not None:
            if not answer.done():
                answer.set_result(self.ended)
            return
        if not self._unsent:
            self.loop.call_soon(self._flush)
        self._unsent.append(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stub lacks the "..."
        self._waiting.append(answer)

    async def ask(self, commands: Iterable[Command]) -> list[Reply]:
        """Send all, wait for all; raises the first failure."""
        answers: list[Future[Reply]] = []
        for command in commands:
            answers.append(self.loop.create_future())
            self.send(command, answers[-1])
        return [_or_raise(await answer) for answer in answers]

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        reader, waiting = self._reader, self._waiting
        reader.feed(data)
        try:
            while (reply := reader.gets()) is not _INCOMPLETE:
                answer = waiting.popleft()
                # Who asked may have left meanwhile; the reply had to be taken off the queue all the same.
                if not answer.done():
                    answer.set_result(reply)
        except (hiredis.ProtocolError, IndexError) as error:
            self.end(Disconnected(f"this is not Redis's protocol: {error!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        # Closed while nobody waited: Redis ends idle connections, and the next command makes another.
        self.end(exc or (Disconnected("Redis closed the connection") if self._waiting else None))

    def end(self, why: Exception | None = None) -> None:
        """Close, and tell everybody who waits. Without a reason it is no failure."""
        if self.ended is not None:
            return
        self.ended = why or Disconnected("the connection was closed")
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        for answer in self._waiting:
            if not answer.done():
                answer.set_result(self.ended)
        self._waiting.clear()
        self._on_end(self, why)

    def _flush(self) -> None:
        if self._transport is not None and self.ended is None:
            self._transport.write(b"".join(self._unsent))
            if self._timer is None:
                self._timer = self.loop.call_later(_TICK_SECONDS, self._watch)
        self._unsent.clear()

    def _watch(self) -> None:
        # By ticks and not by the clock: when this process itself stood still, the reply lies in the socket unread.
        oldest = self._waiting[0] if self._waiting else None
        self._ticks = self._ticks + 1 if oldest is self._watched else 1
        self._watched = oldest
        if oldest is None:
            self._timer = None
        elif self._ticks >= _PATIENCE_TICKS:
            self.end(Disconnected(f"no answer within {_PATIENCE_TICKS * _TICK_SECONDS:g} s"))
        else:
            self._timer = self.loop.call_later(_TICK_SECONDS, self._watch)


class Pipeline:
    """Commands to one Redis. Connects when the first command comes, and again after the connection was lost.

    `prepare` runs on each new connection before any command that waits; `lost` hears why a connection failed.
    """

    def __init__(
        self, address: RedisAddress, prepare: Callable[[Ask], Awaitable[None]], lost: Callable[[Exception], None]
    ) -> None:
        self._address = address
        self._prepare = prepare
        self._lost = lost
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._early: list[tuple[Command, Future[Reply]]] = []

    def send(self, command: Command) -> Future[Reply]:
        """Its reply, soon, or the failure as a value. Never raises."""
        if self._connection is not None:
            # Its loop is this one: to ask for the running loop is a system call each time.
            answer: Future[Reply] = self._connection.loop.create_future()
            self._connection.send(command, answer)
            return answer
        answer = asyncio.get_running_loop().create_future()
        self._early.append((command, answer))
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect(), name="redis-connect")
        return answer

    async def ask(self, commands: Iterable[Command]) -> list[Reply]:
        """Send all in one batch, wait for all; raises the first failure."""
        answers = [self.send(command) for command in commands]
        return [_or_raise(await answer) for answer in answers]

    async def close(self) -> None:
        """End the connection."""
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        if self._connection is not None:
            self._connection.end()

    async def _connect(self) -> None:
        connection: Connection | None = None
        failure: Exception | None = Disconnected("closing")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = await self._address.connect(lambda: Connection(self._on_end))
            await connection.ask(self._address.greeting())
            await self._prepare(connection.ask)
            # It may have ended just after its last answer.
            failure = connection.ended
        except (OSError, TimeoutError, hiredis.ReplyError) as error:
            failure = error
            self._lost(error)
        finally:
            self._connecting = None
            early, self._early = self._early, []
            if failure is None and connection is not None:
                self._connection = connection
                for command, answer in early:
                    connection.send(command, answer)
            else:
                for _, answer in early:
                    if not answer.done():
                        answer.set_result(failure)
                if connection is not None:
                    connection.end()

    def _on_end(self, connection: Connection, why: Exception | None) -> None:
        if connection is not self._connection:
            # It never came to be ours; `_connect` hears of it by the answers.
            return
        self._connection = None
        if why is not None:
            self._lost(why)


def _or_raise(reply: Reply) -> Reply:
    if isinstance(reply, Exception):
        raise reply
    return reply
