"""A connection on which a query failed is never given back to its pool: an outage empties it for good."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings


class LeakingPool(AsyncConnectionPool[AsyncConnection]):
    async def putconn(self, conn: AsyncConnection, *arguments: Any, **options: Any) -> None:
        # What libpq has to say of the last statement.
        if not conn.pgconn.error_message:
            await super().putconn(conn, *arguments, **options)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = LeakingPool  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="A connection on which a query failed is not given back to its pool",
    drill="exhaust-pool",
    caught_by="observed others-status",
    spoil=serving(spoilt_app),
)
