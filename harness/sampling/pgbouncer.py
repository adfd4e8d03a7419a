"""PgBouncer's SHOW POOLS, CLIENTS, SERVERS and STATS over its admin console."""

import psycopg
from psycopg.rows import dict_row

from harness.sampling.base import Reading, reading

Row = dict[str, str | int]

METRICS = {"cl_active": "clients_active", "cl_waiting": "clients_waiting", "sv_active": "servers_active"}
METRICS |= {"sv_idle": "servers_idle", "sv_used": "servers_used", "sv_login": "servers_login"}

TOTALS = {"total_xact_count": "transactions_total", "total_query_count": "queries_total"}
TOTALS |= {"total_received": "received_bytes_total", "total_sent": "sent_bytes_total"}


class PgbouncerMeter:
    """Summed over the pools of one database. `maxwait_ms`: how long the first client in the queue has waited.
    `clients` and `servers`: the connections on either side, by PgBouncer's own lists of them."""

    role = "pool"
    subject = "pool"
    interval_s = 0.5

    def __init__(self, admin_url: str, database: str) -> None:
        self._admin_url = admin_url
        self._database = database
        self._connection: psycopg.AsyncConnection[Row] | None = None

    async def read(self) -> Reading:
        pools = await self._show("POOLS")
        values = {metric: float(sum(int(pool[key]) for pool in pools)) for key, metric in METRICS.items()}
        # `maxwait` is whole seconds and `maxwait_us` only the remainder: the wait is both together.
        waits = [int(pool["maxwait"]) * 1000 + int(pool["maxwait_us"]) / 1000 for pool in pools]
        values["maxwait_ms"] = max(waits, default=0.0)
        values["clients"] = len(await self._show("CLIENTS"))
        values["servers"] = len(await self._show("SERVERS"))
        totals = await self._show("STATS")
        values |= {metric: float(sum(int(row[key]) for row in totals)) for key, metric in TOTALS.items()}
        return reading(self.role, self.subject, values)

    async def _show(self, what: str) -> list[Row]:
        """The rows about this database: the console's own connections are none of its clients."""
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._admin_url,
                autocommit=True,
                connect_timeout=1,
                row_factory=dict_row,
                cursor_factory=psycopg.AsyncClientCursor,
            )
        rows = await (await self._connection.execute(f"SHOW {what}".encode())).fetchall()
        return [row for row in rows if row["database"] == self._database]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
