"""Removes what has been kept long enough: `python -m target.privacy.retention`, once a day, or twice.

Prints one line of JSON: how many of each kind were removed. Reads DATABASE_URL, UPLOAD_DIR and these, each a number
and s, m, h, d or w:

    RETAIN_READ_NOTIFICATIONS   90d   after they were read
    RETAIN_NOTIFICATIONS        52w   after they came, read or not
    RETAIN_SESSIONS             30d   after they ended or expired; their refresh tokens go with them
    RETAIN_ERASURES             30d   after they were finished
    RETAIN_ORPHANS               1d   uploads' files without a row, conversations without a participant

The audit log stays as it is: the application's role cannot remove anything from it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import LiteralString, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from target import variables as v
from target.db.migrate import MigrationError, connect
from target.db.url import DatabaseUrl
from target.uploads.store import UploadStore

# So many rows a transaction: requests that want one of them must not wait long.
_BATCH = 1000


class Rule(NamedTuple):
    """What goes. `where` has one parameter: the instant before which it is old."""

    name: str
    table: LiteralString
    where: LiteralString
    variable: str
    period: timedelta


RULES = (
    Rule("read_notifications", "notifications", "read_at < %s", "RETAIN_READ_NOTIFICATIONS", timedelta(days=90)),
    Rule("notifications", "notifications", "created_at < %s", "RETAIN_NOTIFICATIONS", timedelta(weeks=52)),
    Rule("sessions", "sessions", "least(ended_at, expires_at) < %s", "RETAIN_SESSIONS", timedelta(days=30)),
    Rule("erasures", "erasures", "finished_at < %s", "RETAIN_ERASURES", timedelta(days=30)),
    Rule(
        "conversations",
        "conversations",
        "created_at < %s and not exists"
        " (select from conversation_participants p where p.conversation_id = conversations.id)",
        "RETAIN_ORPHANS",
        timedelta(days=1),
    ),
)


def retain(conn: psycopg.Connection, store: UploadStore, periods: Mapping[str, timedelta]) -> dict[str, int]:
    """Remove what is older than its period; says how much. What is gone already is not counted again."""
    removed = {rule.name: _remove(conn, rule, periods[rule.variable]) for rule in RULES}
    removed["orphan_uploads"] = _remove_orphans(conn, store, periods["RETAIN_ORPHANS"])
    return removed


def _remove(conn: psycopg.Connection, rule: Rule, period: timedelta) -> int:
    statement: LiteralString = (
        f"delete from {rule.table} where ctid = any (array(select ctid from {rule.table} where {rule.where}"
        f" limit {_BATCH} for update skip locked))"
    )
    # The database's clock, which also wrote the rows.
    row = conn.execute("select now() - %s", (period,)).fetchone()
    total = 0
    while (count := conn.execute(statement, row).rowcount) > 0:
        total += count
    return total


def _remove_orphans(conn: psycopg.Connection, store: UploadStore, period: timedelta) -> int:
    removed = 0
    batch: dict[UUID, Path] = {}
    for path in store.older_than(period.total_seconds()):
        name = _name_of(path)
        if name is None:
            # Begun and never finished.
            path.unlink(missing_ok=True)
            removed += 1
            continue
        batch[name] = path
        if len(batch) == _BATCH:
            removed += _remove_rowless(conn, batch)
            batch.clear()
    return removed + _remove_rowless(conn, batch)


def _remove_rowless(conn: psycopg.Connection, files: Mapping[UUID, Path]) -> int:
    rows = conn.execute("select stored_as from uploads where stored_as = any (%s)", (list(files),))
    rowless = files.keys() - {name for (name,) in rows}
    for name in rowless:
        files[name].unlink(missing_ok=True)
    return len(rowless)


def _name_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name)
    except ValueError:
        return None


def main() -> int:
    """The command. Exit status 0 done, 1 it failed, 2 wrong settings."""
    read = v.Variables(os.environ)
    url = read.required("DATABASE_URL", DatabaseUrl.parse)
    folder = read.optional("UPLOAD_DIR", Path, Path("uploads"))
    periods = {rule.variable: read.optional(rule.variable, v.lifetime, rule.period) for rule in RULES}
    if read.problems:
        print(f"retention: {'; '.join(read.problems)}", file=sys.stderr)
        return 2
    try:
        with connect(url.conninfo) as conn:
            removed = retain(conn, UploadStore(folder, None), periods)
    except (psycopg.Error, MigrationError, OSError) as error:
        print(f"retention: {str(error).strip()}", file=sys.stderr)
        return 1
    print(msgspec.json.encode({"removed": removed}).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
