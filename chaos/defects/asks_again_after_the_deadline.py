"""A query that failed is asked once more, also when it failed for having taken too long: who waits, waits twice."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db.pool import Database, Query
from target.settings import Settings

T = TypeVar("T")


class AsksAgain(Database):
    async def fetch_all(self, query: Query, params: Sequence[object], into: Callable[..., T]) -> list[T]:
        try:
            return await super().fetch_all(query, params, into)
        except psycopg.OperationalError:
            return await super().fetch_all(query, params, into)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.database.__class__ = AsksAgain
    return app


DEFECT = Defect(
    title="A query that took too long is asked once more",
    drill="lock-table",
    caught_by="slo http.longest fault",
    spoil=serving(spoilt_app),
)
