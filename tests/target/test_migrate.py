"""The schema, forward and back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from target.db.migrate import MigrationError, applied, connect, migrate, migrations, roll_back
from tests.target.conftest import ROOT


def command(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "target.db.migrate", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def tables(conn: psycopg.Connection) -> set[str]:
    return {name for (name,) in conn.execute("select tablename from pg_tables where schemaname = 'public'")}


def test_forward_back_and_forward_again(empty_database_url: str) -> None:
    newest = migrations()[-1].version
    with connect(empty_database_url) as conn:
        assert migrate(conn) == migrations()
        assert tables(conn) >= {"users", "posts", "schema_migrations"}
        assert migrate(conn) == []
        assert [step.version for step in roll_back(conn, 1)] == [newest]
        roll_back(conn, 1000)
        assert tables(conn) == {"schema_migrations"}
        assert applied(conn) == set()
        assert migrate(conn) == migrations()


def test_the_indexes_that_the_queries_rely_on_are_there(empty_database_url: str) -> None:
    with connect(empty_database_url) as conn:
        migrate(conn)
        found = {name for (name,) in conn.execute("select indexname from pg_indexes")}
        assert {"idx_user_email", "idx_post_created", "idx_post_author"} <= found


def test_of_many_that_start_together_each_step_is_done_by_one(empty_database_url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda _: command(empty_database_url), range(6)))
    assert {result.returncode for result in results} == {0}, [result.stderr for result in results]
    said = sorted(line for result in results for line in result.stdout.splitlines())
    assert said == [f"applied {step.version:04} {step.name}" for step in migrations()]


def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_good.up.sql").write_text("create table good ();")
    (tmp_path / "0001_good.down.sql").write_text("drop table good;")
    (tmp_path / "0002_bad.up.sql").write_text("create table half (); create table half ();")
    (tmp_path / "0002_bad.down.sql").write_text("")
    with connect(empty_database_url) as conn:
        with pytest.raises(MigrationError, match=r'0002_bad\.up\.sql: relation "half" already exists'):
            migrate(conn, tmp_path)
        assert tables(conn) == {"good", "schema_migrations"}
        assert applied(conn) == {1}


def test_a_migration_does_not_make_others_wait_for_whom_it_waits_for(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_table.up.sql").write_text("create table posts ();")
    (tmp_path / "0001_table.down.sql").write_text("drop table posts;")
    with connect(empty_database_url) as conn, connect(empty_database_url) as reader, reader.transaction():
        migrate(conn, tmp_path)
        # A report that takes long is all it takes.
        reader.execute("select from posts")
        (tmp_path / "0002_wider.up.sql").write_text("alter table posts add note text;")
        (tmp_path / "0002_wider.down.sql").write_text("alter table posts drop note;")
        started = time.monotonic()
        with pytest.raises(MigrationError, match=r"0002_wider\.up\.sql: somebody holds a table that it needs"):
            migrate(conn, tmp_path)
        assert time.monotonic() - started < 10
        assert applied(conn) == {1}


def test_a_migration_without_a_way_back_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_oneway.up.sql").write_text("")
    with pytest.raises(MigrationError, match=r"\.down\.sql"):
        migrations(tmp_path)


def test_the_command_goes_forward_tells_and_goes_back(empty_database_url: str) -> None:
    # The pool's parameters are in the URL that both commands share.
    url = f"{empty_database_url}?connection_limit=5&pool_timeout=10"
    assert command(url).stdout.startswith("applied 0001 initial\n")
    assert "0001 initial: applied" in command(url, "--status").stdout
    assert command(url, "--down", "1").stdout.startswith("undid ")
    assert "missing" in command(url, "--status").stdout


def test_a_database_that_does_not_come_up_is_one_clear_line() -> None:
    started = time.monotonic()
    result = command("postgresql://app:hunter2@127.0.0.1:1/app", "--wait", "0.5")
    assert time.monotonic() - started < 5
    assert result.returncode == 1
    assert result.stderr.startswith("migrate: the database did not answer within 0.5 s: ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_a_bad_url_is_one_clear_line() -> None:
    result = command("mysql://app:hunter2@db/app")
    assert result.returncode == 2
    assert result.stderr.startswith("migrate: DATABASE_URL ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr
