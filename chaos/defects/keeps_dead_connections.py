"""The pool takes back whatever it gave out, dead or alive, and gives it out again."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings


class TakesAllBack(AsyncConnectionPool[AsyncConnection]):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options | {"check": None})

    async def _return_connection(self, conn: AsyncConnection, from_getconn: bool) -> None:
        await self._add_to_pool(conn)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = TakesAllBack  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="The pool keeps connections that are dead",
    drill="restart-pgbouncer-defaults",
    caught_by="observed recovery-seconds",
    spoil=serving(spoilt_app),
)
