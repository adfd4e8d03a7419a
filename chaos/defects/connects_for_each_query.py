"""No pool: each query has a connection of its own, and looks its host up first."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncNullConnectionPool
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings


class NoPool(AsyncNullConnectionPool[AsyncConnection]):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options | {"min_size": 0})


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.AsyncConnectionPool = NoPool  # type: ignore[attr-defined, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Each query connects anew, and looks the database's name up",
    drill="no-dns",
    caught_by="kept-serving",
    spoil=serving(spoilt_app),
)
