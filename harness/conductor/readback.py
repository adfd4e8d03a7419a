"""Reading back, straight from SQL, what clients wrote."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

from harness.clock import now
from harness.run import Place, Write, WriteLog, WriteStored

QUERY = sql.SQL("select {column}, count(*) from {table} where {column} = any(%s) group by 1")


async def read_back_from_sql(database_url: str, folder: Path, writes: Iterable[Write]) -> int:
    """Counts every write's key at its place, and adds the counts to the folder's ledger. Raises psycopg.Error."""
    by_place: dict[Place, list[str]] = defaultdict(list)
    for write in writes:
        by_place[write.place].append(write.key)
    log = WriteLog(folder)
    try:
        async with await psycopg.AsyncConnection.connect(database_url, connect_timeout=5) as connection:
            for place, keys in by_place.items():
                query = QUERY.format(column=sql.Identifier(place.column), table=sql.Identifier(place.table))
                rows = await (await connection.execute(query, (keys,))).fetchall()
                counts: dict[str, int] = dict(rows)
                for key in keys:
                    log.add(WriteStored(t=now(), key=key, stored=counts.get(key, 0)))
    finally:
        log.close()
    return sum(len(keys) for keys in by_place.values())
