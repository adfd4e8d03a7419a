"""Each instance that starts goes through all posts, as a migration in the wrong place, and has the table for itself
meanwhile: at first there are none, and nobody notices.
"""

import psycopg
from starlette.applications import Starlette

from chaos.lifetimes import beside
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

LOCK = "lock table posts in access exclusive mode"
EACH_ROW = "select pg_sleep(0.3) from (select from posts limit 20) as rows"


def spoilt_app(settings: Settings) -> Starlette:
    async def rewrite() -> None:
        connecting = psycopg.AsyncConnection.connect(settings.database.conninfo, prepare_threshold=None)
        async with await connecting as connection, connection.transaction():
            await connection.execute(LOCK)
            await connection.execute(EACH_ROW)

    return beside(create_app(settings), rewrite)


DEFECT = Defect(
    title="A version rewrites a table under a lock when it starts",
    drill="rolling-deploy",
    caught_by="slo http.p95 fault",
    spoil=serving(spoilt_app),
)
