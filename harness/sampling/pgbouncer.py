"""PgBouncer's SHOW POOLS over its admin console."""

import psycopg
from psycopg.rows import dict_row

from harness.sampling.base import Reading, reading

METRICS = {"cl_active": "clients_active", "cl_waiting": "clients_waiting", "sv_active": "servers_active"}
METRICS |= {"sv_idle": "servers_idle", "sv_used": "servers_used", "sv_login": "servers_login"}


class PgbouncerMeter:
    """Summed over the pools of one database. `maxwait_ms`: how long the first client in the queue has waited."""

    role = "pool"
    subject = "pool"
    interval_s = 0.5

    def __init__(self, admin_url: str, database: str) -> None:
        self._admin_url = admin_url
        self._database = database
        self._connection: psycopg.AsyncConnection[dict[str, str | int]] | None = None

    async def read(self) -> Reading:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._admin_url,
                autocommit=True,
                connect_timeout=1,
                row_factory=dict_row,
                cursor_factory=psycopg.AsyncClientCursor,
            )
        pools = await (await self._connection.execute("SHOW POOLS")).fetchall()
        mine = [pool for pool in pools if pool["database"] == self._database]
        values = {metric: float(sum(int(pool[key]) for pool in mine)) for key, metric in METRICS.items()}
        # `maxwait` is whole seconds and `maxwait_us` only the remainder: the wait is both together.
        waits = [int(pool["maxwait"]) * 1000 + int(pool["maxwait_us"]) / 1000 for pool in mine]
        values["maxwait_ms"] = max(waits, default=0.0)
        return reading(self.role, self.subject, values)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
