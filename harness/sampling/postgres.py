"""Postgres: connections by state and the database's counters, read past the pool."""

import psycopg

from harness.sampling.base import Reading, reading

QUERY = """
select count(*),
       count(*) filter (where state = 'active'),
       count(*) filter (where state like 'idle in transaction%'),
       count(*) filter (where wait_event_type = 'Lock'),
       (select xact_commit from pg_stat_database where datname = current_database()),
       (select xact_rollback from pg_stat_database where datname = current_database())
from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""
METRICS = (
    "connections",
    "active",
    "idle_in_transaction",
    "waiting_for_lock",
    "commits_total",
    "rollbacks_total",
)


class PostgresMeter:
    role = "db"
    subject = "db"
    interval_s = 0.5

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[tuple[int, ...]] | None = None

    async def read(self) -> Reading:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=1)
        row = await (await self._connection.execute(QUERY)).fetchone()
        assert row is not None
        return reading(self.role, self.subject, dict(zip(METRICS, map(float, row), strict=True)))

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
