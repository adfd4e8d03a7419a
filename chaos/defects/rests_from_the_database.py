"""Who could not reach the database does not ask it for 15 s: a restart of one second is an outage of fifteen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import psycopg
from psycopg import AsyncConnection
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db.pool import Database
from target.settings import Settings

RESTS_S = 15.0


class Rests(Database):
    until = 0.0

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[AsyncConnection]:
        if monotonic() < self.until:
            raise psycopg.OperationalError("the database is left alone for a while")
        try:
            async with super().connection(timeout) as conn:
                yield conn
        except psycopg.OperationalError:
            self.until = monotonic() + RESTS_S
            raise


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.database.__class__ = Rests
    return app


DEFECT = Defect(
    title="The database is left alone for 15 s after it could not be reached",
    drill="cut-postgres",
    caught_by="recovered",
    spoil=serving(spoilt_app),
)
