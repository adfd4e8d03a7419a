"""Nothing ends a query that waits for a lock: its request waits, and keeps its connection, for as long as that."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import pool
from target.settings import Settings

FOR_EVER_S = 15.0
"""Longer than the drill's patience with a query; it must end some time, or the drill would not."""


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool._QUERY_SECONDS = FOR_EVER_S
    return create_app(settings)


DEFECT = Defect(
    title="No deadline ends a query that waits for a lock",
    drill="exhaust-pool",
    caught_by="observed held",
    spoil=serving(spoilt_app),
)
