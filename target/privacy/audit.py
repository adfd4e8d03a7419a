"""Who saw or changed whose data, when: entries that nothing here can take back.

The table refuses whatever is not an insert (see the migration 0004). It names people by their ids alone and
keeps those of accounts that are gone, so what is written here must hold no personal data: ids, field names and
counts, but never names, addresses or texts.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import AsyncConnection

from target.db.pool import Database, Query
from target.observability.tracing import current_trace_id

_RECORD = Query(
    "record_audit",
    "insert into audit_log (actor_id, action, subject_id, detail, trace_id)"
    " select %s, %s, subject, %s, %s from unnest(%s::bigint[]) subject returning id",
)


async def record(
    database: Database,
    *,
    actor: int | None,
    action: str,
    subjects: Iterable[int] = (),
    detail: str = "",
    conn: AsyncConnection | None = None,
) -> None:
    """Add one entry for each person whose data it was; one without a subject when it was nobody's in particular.

    `actor` is the user who did it, None for a job. `action` is what was done to what, such as "user.read". Await
    it before the data is answered: what cannot be recorded must not be shown, so a database that does not answer
    ends the request with 503. Given a connection, the entry is part of its transaction.
    """
    whose: list[int | None] = [*subjects] or [None]
    params = (actor, action, detail, current_trace_id.get(), whose)
    if conn is not None:
        await database.run(conn, _RECORD, params, int)
    else:
        await database.fetch_all(_RECORD, params, int)
