"""The pool of database connections, and the few ways to use one."""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import args_row
from psycopg_pool import AsyncConnectionPool

from target.db.deadline import Deadline
from target.db.url import DatabaseUrl
from target.observability.logs import log
from target.observability.metrics import Metrics
from target.observability.tracing import Attribute, Kind, create_span

T = TypeVar("T")

_QUERY_SECONDS = 5.0
# How long a request waits for a connection while the database refuses them. Queueing for the whole
# pool_timeout would turn an outage into a pile-up.
_WAIT_WHILE_REFUSED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """A statement and the name that its metric carries."""

    name: str
    sql: LiteralString


class Database:
    """Runs queries on pooled connections, each in a transaction of its own unless one is asked for."""

    def __init__(self, url: DatabaseUrl, metrics: Metrics, slow_query_ms: float = 200.0) -> None:
        self._url = url
        self._slow_seconds = slow_query_ms / 1000
        self._metrics = metrics
        self._refused = False
        self._answered_at = float("-inf")
        self._pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
            url.conninfo,
            kwargs={
                # A lone statement needs no BEGIN and COMMIT around it: one round trip in place of three.
                "autocommit": True,
                # PgBouncer in transaction mode gives each transaction any server connection, where a
                # statement that was prepared on another is unknown.
                "prepare_threshold": None,
                "connect_timeout": url.connect_timeout,
            },
            min_size=url.connection_limit,
            max_size=url.connection_limit,
            timeout=url.pool_timeout,
            configure=_insist_on_tls if url.encrypted else None,
            check=_check,
            # The pool's own retries double their pause up to minutes, and would sleep on after the database
            # is back. With no time for retries the next request is the retry.
            reconnect_timeout=0.0,
            reconnect_failed=self._on_refused,
            open=False,
            name="main",
        )

    async def open(self) -> None:
        """Begin to connect; does not wait, as the process must live without the database too."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close(timeout=2.0)

    async def fetch_one(self, query: Query, params: Sequence[object], into: Callable[..., T]) -> T | None:
        """The first row, or None."""
        rows = await self.fetch_all(query, params, into)
        return rows[0] if rows else None

    async def fetch_all(self, query: Query, params: Sequence[object], into: Callable[..., T]) -> list[T]:
        """All rows, each made by calling `into` with its columns."""
        async with self.connection() as conn:
            return await self.run(conn, query, params, into)

    async def execute(self, query: Query, params: Sequence[object]) -> int:
        """Run a statement that returns no rows; says how many it changed."""
        async with self.connection() as conn:
            with self._observed(query):
                return (await conn.execute(query.sql, params)).rowcount

    async def run(
        self, conn: AsyncConnection, query: Query, params: Sequence[object], into: Callable[..., T]
    ) -> list[T]:
        """The same on a connection at hand, for transactions of several statements."""
        with self._observed(query):
            async with conn.cursor(row_factory=args_row(into)) as cursor:
                await cursor.execute(query.sql, params)
                return await cursor.fetchall()

    @contextmanager
    def _observed(self, query: Query) -> Iterator[None]:
        """Times a query: a metric, a span, and a log line when it was slow. None of them holds a value."""
        started = perf_counter()
        attributes: dict[str, Attribute] = {"db.system.name": "postgresql", "db.operation.name": query.name}
        try:
            with create_span(query.name, Kind.CLIENT, attributes):
                yield
            self._answered_at = monotonic()
        finally:
            seconds = perf_counter() - started
            self._metrics.observe_query(query.name, seconds)
            if seconds >= self._slow_seconds:
                log.warning("slow query", query=query.name, duration_ms=round(seconds * 1000, 1))

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool, for at most a few seconds of work."""
        if timeout is None:
            timeout = self._url.pool_timeout
            if self._refused:
                timeout = min(timeout, _WAIT_WHILE_REFUSED_SECONDS)
        started = perf_counter()
        try:
            conn = await self._pool.getconn(timeout)
        finally:
            self._metrics.db_wait.observe(perf_counter() - started)
        self._refused = False
        try:
            with Deadline(conn, _QUERY_SECONDS):
                yield conn
        finally:
            await self._pool.putconn(conn)

    async def answers(self, seconds: float) -> bool:
        """Whether the database answers a question within some seconds.

        Asked through the pool, since requests go the same way. But when the pool is merely full of work there
        is no connection to be had in time, and that says nothing about the database: an instance under load
        would take itself out of service and leave the load to the others. Then, and only then, a connection
        of its own is made for the question.
        """
        deadline = monotonic() + seconds
        try:
            if self._full_of_work():
                return await self._answers_elsewhere(seconds)
            async with self.connection(timeout=seconds) as conn:
                with Deadline(conn, max(deadline - monotonic(), 0.0), ask_first=False):
                    await conn.execute("select 1")
        except (psycopg.Error, OSError, TimeoutError):
            return False
        return True

    def answered_within(self, seconds: float) -> bool:
        """Whether a query came to its end in the last so many seconds, and no connection was refused since."""
        return not self._refused and monotonic() - self._answered_at < seconds

    def _full_of_work(self) -> bool:
        stats = self._pool.get_stats()
        return stats["pool_available"] == 0 and stats["pool_size"] >= self._url.connection_limit

    async def _answers_elsewhere(self, seconds: float) -> bool:
        async with asyncio.timeout(seconds):
            conn = await AsyncConnection.connect(
                self._url.conninfo,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=self._url.connect_timeout,
            )
        async with conn:
            if self._url.encrypted:
                await _insist_on_tls(conn)
            with Deadline(conn, seconds, ask_first=False):
                await conn.execute("select 1")
        return True

    async def _on_refused(self, _pool: AsyncConnectionPool[Any]) -> None:
        self._refused = True


async def _insist_on_tls(conn: AsyncConnection) -> None:
    """Where the URL asks for TLS, have it: libpq does without on a Unix socket, whatever sslmode says."""
    if not conn.pgconn.ssl_in_use:
        log.error("the connection to the database is not encrypted, though DATABASE_URL asks for it")
        raise psycopg.OperationalError("the connection is not encrypted")


async def _check(conn: AsyncConnection) -> None:
    """Before a connection is handed out: did the server hang up while it was idle?

    An idle connection has nothing to say, so anything to read is bad news or at least news. Looking costs a
    microsecond; asking the server each time would cost a round trip.
    """
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(conn)
