"""An end to every query, even when the server or the network has stopped answering."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from types import TracebackType

import psycopg

_CANCEL_SECONDS = 1.0


class Deadline:
    """Ends what runs on a connection after some seconds: it fails there with psycopg.OperationalError.

    Cancelling the task would not do: psycopg then waits up to ten seconds more for the server's consent. And
    statement_timeout cannot be set per connection behind PgBouncer in transaction mode.
    """

    __slots__ = ("_ask_first", "_connection", "_seconds", "_task", "_timer")

    def __init__(self, connection: psycopg.AsyncConnection, seconds: float, *, ask_first: bool = True) -> None:
        self._connection = connection
        self._seconds = seconds
        self._ask_first = ask_first
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _expire(self) -> None:
        self._task = asyncio.create_task(self._end())

    async def _end(self) -> None:
        # First ask: a server that is only slow stops the query and keeps the connection.
        if self._ask_first:
            with suppress(psycopg.Error, OSError, TimeoutError):
                async with asyncio.timeout(_CANCEL_SECONDS):
                    await self._connection.cancel_safe(timeout=_CANCEL_SECONDS)
                    await asyncio.sleep(_CANCEL_SECONDS)
        # Then hang up. The waiting side sees the end of the stream; the pool replaces the connection.
        with (
            suppress(psycopg.Error, OSError),
            socket.fromfd(self._connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as same_socket,
        ):
            same_socket.shutdown(socket.SHUT_RDWR)
