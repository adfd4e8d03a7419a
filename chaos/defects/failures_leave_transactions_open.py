"""What failed is looked into, in a transaction that nobody ends: its connection is replaced, and its locks stay."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.pool_async import AddConnection
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings

OPEN: list[AsyncConnection] = []
"""Held, or Python would close them."""


class LooksIntoIt(AsyncConnectionPool[AsyncConnection]):
    async def putconn(self, conn: AsyncConnection, *arguments: Any, **options: Any) -> None:
        # What libpq has to say of the last statement.
        if conn.pgconn.error_message and not conn.closed:
            OPEN.append(conn)
            self.run_task(AddConnection(self))
            await conn.set_autocommit(False)
            await conn.execute("select count(*) from pg_locks where not granted")
        else:
            await super().putconn(conn, *arguments, **options)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = LooksIntoIt  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="A query that failed leaves a transaction open",
    drill="exhaust-pool",
    caught_by="back-at-baseline db",
    spoil=serving(spoilt_app),
)
