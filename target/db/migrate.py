"""Brings the schema forward, or back: `python -m target.db.migrate [--down N | --status] [--wait SECONDS]`.

Migrations are pairs of files, `0001_name.up.sql` and `0001_name.down.sql`. Each runs in a transaction of its
own, together with its row in schema_migrations: it happened and is recorded, or neither.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from target.db.url import DatabaseUrl

FOLDER = Path(__file__).with_name("migrations")
_LOCK = 7_302_117_530_246_001  # any number, as long as nobody else locks on it
# A statement that waits for a table makes everybody wait who comes after it, even those who only want to read. Better
# the deploy fails, and is tried again when whoever holds the table has ended.
_TABLE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step and its way back."""

    version: int
    name: str
    up: Path
    down: Path


class MigrationError(Exception):
    """Why the schema was not brought where it was asked to be, for a person to read."""


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All steps, in order."""
    found = []
    for up in sorted(folder.glob("*.up.sql")):
        match = re.fullmatch(r"(\d{4})_(\w+)\.up\.sql", up.name)
        down = up.with_name(up.name.replace(".up.sql", ".down.sql"))
        if match is None or not down.is_file():
            raise MigrationError(f"{up.name} needs a four-digit number, a name and a .down.sql beside it")
        found.append(Migration(int(match[1]), match[2], up, down))
    if len({step.version for step in found}) != len(found):
        raise MigrationError(f"two migrations in {folder} have the same number")
    return found


def connect(conninfo: str, wait: float = 30.0) -> psycopg.Connection:
    """Connect, waiting for a database that is still starting."""
    deadline = time.monotonic() + wait
    while True:
        try:
            # Autocommit: each transaction below is opened by name. No prepared statements: PgBouncer.
            return psycopg.connect(conninfo, autocommit=True, connect_timeout=5, prepare_threshold=None)
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                reason = str(error).strip().splitlines()[-1].strip()
                raise MigrationError(f"the database did not answer within {wait:g} s: {reason}") from None
        time.sleep(0.1)


def migrate(conn: psycopg.Connection, folder: Path = FOLDER) -> list[Migration]:
    """Apply what is missing; says what it applied."""
    done: list[Migration] = []
    while (step := _step_forward(conn, migrations(folder))) is not None:
        done.append(step)
    return done


def roll_back(conn: psycopg.Connection, count: int, folder: Path = FOLDER) -> list[Migration]:
    """Undo the newest `count` steps, newest first; says what it undid."""
    steps = {step.version: step for step in migrations(folder)}
    done: list[Migration] = []
    while len(done) < count and (step := _step_back(conn, steps)) is not None:
        done.append(step)
    return done


def applied(conn: psycopg.Connection) -> set[int]:
    """The versions that the database has."""
    if conn.execute("select to_regclass('schema_migrations')").fetchone() == (None,):
        return set()
    return {version for (version,) in conn.execute("select version from schema_migrations")}


def _step_forward(conn: psycopg.Connection, steps: Sequence[Migration]) -> Migration | None:
    with conn.transaction():
        _lock(conn)
        conn.execute(
            "create table if not exists schema_migrations (version integer primary key, name text not null,"
            " applied_at timestamptz not null default now())"
        )
        have = applied(conn)
        step = next((step for step in steps if step.version not in have), None)
        if step is not None:
            _run(conn, step.up)
            conn.execute("insert into schema_migrations (version, name) values (%s, %s)", (step.version, step.name))
        return step


def _step_back(conn: psycopg.Connection, steps: dict[int, Migration]) -> Migration | None:
    with conn.transaction():
        _lock(conn)
        have = applied(conn)
        if not have:
            return None
        newest = max(have)
        if newest not in steps:
            raise MigrationError(f"the database has migration {newest:04}, which this version does not know")
        _run(conn, steps[newest].down)
        conn.execute("delete from schema_migrations where version = %s", (newest,))
        return steps[newest]


def _lock(conn: psycopg.Connection) -> None:
    # Held by the transaction, not by the session: behind PgBouncer in transaction mode a session's lock
    # would stay with a server connection that the next client gets. Who waits here looks again at what is
    # applied, so of two that start together one does the work and the other finds it done.
    conn.execute("set local lock_timeout = '60s'")
    conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def _run(conn: psycopg.Connection, file: Path) -> None:
    try:
        conn.execute("select set_config('lock_timeout', %s, true)", (f"{_TABLE_SECONDS}s",))
        conn.execute(file.read_bytes())
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(
            f"{file.name}: somebody holds a table that it needs: try again when they are done"
        ) from error
    except psycopg.Error as error:
        raise MigrationError(f"{file.name}: {str(error).strip().splitlines()[0]}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 0 done, 1 it failed, 2 wrong usage or settings."""
    parser = argparse.ArgumentParser(prog="python -m target.db.migrate", description=(__doc__ or "").splitlines()[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--down", type=int, metavar="N", help="undo the newest N migrations")
    what.add_argument("--status", action="store_true", help="list the migrations and whether they are applied")
    parser.add_argument("--wait", type=float, default=30.0, metavar="SECONDS", help="for the database (default 30)")
    options = parser.parse_args(arguments)
    try:
        url = DatabaseUrl.parse(os.environ.get("DATABASE_URL", ""))
    except ValueError as error:
        print(f"migrate: DATABASE_URL {error}", file=sys.stderr)
        return 2
    try:
        with connect(url.conninfo, options.wait) as conn:
            if options.status:
                have = applied(conn)
                for step in migrations():
                    print(f"{step.version:04} {step.name}: {'applied' if step.version in have else 'missing'}")
            elif options.down is not None:
                for step in roll_back(conn, options.down):
                    print(f"undid {step.version:04} {step.name}")
            else:
                for step in migrate(conn):
                    print(f"applied {step.version:04} {step.name}")
    except (MigrationError, psycopg.Error) as error:
        print(f"migrate: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
