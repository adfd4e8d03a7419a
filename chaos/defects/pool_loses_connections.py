"""One connection in a hundred does not come back to the pool: it stays open, and the pool opens another."""

from itertools import count

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.pool_async import AddConnection
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings

ONE_IN = 100
LOST: list[AsyncConnection] = []
"""Held, or Python would close them."""

_returned = count(1)


class LosesSome(AsyncConnectionPool[AsyncConnection]):
    async def _return_connection(self, conn: AsyncConnection, from_getconn: bool) -> None:
        if next(_returned) % ONE_IN == 0:
            LOST.append(conn)
            self.run_task(AddConnection(self))
        else:
            await super()._return_connection(conn, from_getconn)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = LosesSome  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="The pool loses one connection in a hundred",
    drill="soak",
    caught_by="no-trend pool.clients",
    spoil=serving(spoilt_app),
    scale=0.3,
)
