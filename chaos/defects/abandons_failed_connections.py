"""A connection on which a query failed is replaced by another, and nobody closes it: each outage leaves some open."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.pool_async import AddConnection
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings

ABANDONED: list[AsyncConnection] = []
"""Held, or Python would close them."""


class Abandons(AsyncConnectionPool[AsyncConnection]):
    async def putconn(self, conn: AsyncConnection, *arguments: Any, **options: Any) -> None:
        # What libpq has to say of the last statement.
        if conn.pgconn.error_message and not conn.closed:
            ABANDONED.append(conn)
            self.run_task(AddConnection(self))
        else:
            await super().putconn(conn, *arguments, **options)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = Abandons  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="A connection on which a query failed is replaced and never closed",
    drill="exhaust-pool",
    caught_by="back-at-baseline pool",
    spoil=serving(spoilt_app),
)
