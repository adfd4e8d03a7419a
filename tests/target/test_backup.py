"""The database in one sealed file, and back."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from harness.settings import ServerPaths
from harness.stacks.embedded import binaries
from target.db.migrate import migrate
from tests.target.conftest import ROOT

KEY = base64.b64encode(bytes(range(32))).decode()
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(empty_database_url: str, tmp_path: Path) -> Command:
    programs = binaries.postgres(ServerPaths()).path.parent

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        own = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": empty_database_url,
            "BACKUP_KEY": KEY,
            "PG_DUMP": str(programs / "pg_dump"),
            "PSQL": str(programs / "psql"),
        }
        return subprocess.run(
            [sys.executable, "-m", "target.db.backup", *arguments],
            cwd=ROOT,
            env={**own, **changes},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_backup_holds_all_shows_nothing_and_comes_back(
    command: Command, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        migrate(conn)
        conn.execute("insert into users (email, name, password_hash) values ('canary@b.cc', 'Ada', 'h')")
        result = command(str(file))
        assert (result.returncode, result.stderr) == (0, "")
        assert b"canary" not in file.read_bytes()
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]
        conn.execute("drop schema public cascade; create schema public")
        harmed = tmp_path / "harmed"
        harmed.write_bytes(file.read_bytes()[:-1])
        refused = command("--restore", str(harmed))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert conn.execute("select to_regclass('users')").fetchone() == (None,)
        result = command("--restore", str(file))
        assert (result.returncode, result.stderr) == (0, "")
        assert conn.execute("select email from users").fetchall() == [("canary@b.cc",)]
        assert migrate(conn) == []


def test_a_backup_that_fails_leaves_the_last_one(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(b"the last one")
    unreachable = "postgresql://app:hunter2@127.0.0.1:1/app"
    for changes in ({"DATABASE_URL": unreachable}, {"PG_DUMP": "no-such-program"}):
        result = command(str(file), **changes)
        assert result.returncode == 1
        assert result.stderr.startswith("backup: ")
        assert "hunter2" not in result.stderr
        assert file.read_bytes() == b"the last one"
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]


@pytest.mark.parametrize("changes", [{"BACKUP_KEY": ""}, {"BACKUP_KEY": "short"}, {"DATABASE_URL": "mysql://x"}])
def test_wrong_settings_are_named(command: Command, tmp_path: Path, changes: dict[str, str]) -> None:
    result = command(str(tmp_path / "backup"), **changes)
    assert result.returncode == 2
    assert result.stderr.startswith(f"backup: {next(iter(changes))} ")
