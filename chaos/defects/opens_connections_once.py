"""The pool is filled when the instance starts, and never again: what breaks is thrown away."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings


class FilledOnce(AsyncConnectionPool[AsyncConnection]):
    opened = 0

    async def _add_connection(self, attempt: Any, growing: bool = False) -> None:
        if self.opened < self.max_size:
            self.opened += 1
            await super()._add_connection(attempt, growing)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = FilledOnce  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Connections to the database are opened once",
    drill="restart-pgbouncer",
    caught_by="observed recovery-seconds",
    spoil=serving(spoilt_app),
)
