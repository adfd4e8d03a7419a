"""The audit log takes entries and never gives one back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from target.app import create_app
from target.db.migrate import migrate
from target.privacy.audit import record
from target.services import Services
from target.settings import Settings
from tests.target.conftest import serving

ADD = "insert into audit_log (actor_id, action, subject_id) values (1, 'user.read', 2)"
CHANGES = (
    "update audit_log set actor_id = 3",
    "delete from audit_log",
    "delete from audit_log where false",
    "truncate audit_log",
    "with gone as (delete from audit_log returning 1) select * from gone",
    "insert into audit_log (action) values ('x'); update audit_log set action = 'y'",
)
REMOVALS = (
    "drop table audit_log",
    "drop table audit_log cascade",
    "drop trigger audit_log_append_only on audit_log",
    "drop function refuse_audit_change cascade",
    "create or replace function refuse_audit_change() returns trigger language plpgsql as 'begin return null; end'",
    "alter table audit_log disable trigger all",
    "alter table audit_log add column more text",
    "alter table audit_log rename to old_log",
    "alter table audit_log owner to current_user",
    "set session_replication_role = replica",
    "select setval('audit_log_id_seq', 1)",
    "create rule forget as on insert to audit_log do instead nothing",
    "create trigger first before insert on audit_log execute function refuse_audit_change()",
    "drop schema public cascade",
)


@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_an_entry(migrated_url: str, change: str) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as owner:
        owner.execute(ADD)
        before = owner.execute("select * from audit_log order by id").fetchall()
        with pytest.raises(InsufficientPrivilege):
            owner.execute(change.encode())
        assert owner.execute("select * from audit_log order by id").fetchall() == before


@pytest.fixture(scope="module")
def app_role_url(database_url: str) -> Iterator[str]:
    """The application's own role, where another one migrates, as deploy's roles.sql makes them."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("create role audit_test_app login password 'audit-test'")
        admin.execute("create role audit_test_owner")
        admin.execute("create database audit_test owner audit_test_owner")
    url = urlsplit(database_url)._replace(path="/audit_test")
    with psycopg.connect(url.geturl(), autocommit=True) as conn:
        conn.execute("set role audit_test_owner")
        conn.execute(
            "alter default privileges grant select, insert, update, delete on tables to audit_test_app;"
            "alter default privileges grant usage, select, update on sequences to audit_test_app"
        )
        migrate(conn)
    yield url._replace(netloc=f"audit_test_app:audit-test@{url.hostname}:{url.port}").geturl()
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("drop database audit_test with (force)")
        admin.execute("drop role audit_test_app, audit_test_owner")


@pytest.mark.parametrize("change", CHANGES + REMOVALS)
def test_a_role_that_is_not_the_owner_cannot_remove_the_lock_either(app_role_url: str, change: str) -> None:
    with psycopg.connect(app_role_url, autocommit=True) as app:
        app.execute(ADD)
        before = app.execute("select * from audit_log order by id").fetchall()
        with pytest.raises(InsufficientPrivilege):
            app.execute(change.encode())
        assert app.execute("select * from audit_log order by id").fetchall() == before
        # And the rest of the schema is the application's to use.
        app.execute("insert into users (email, name, password_hash) values (gen_random_uuid() || '@b.cc', 'n', 'h')")


@pytest.mark.asyncio
async def test_one_entry_for_each_person_or_one_for_nobody(settings: Settings) -> None:
    app = create_app(settings)
    database = services_of(app.state.services).database
    async with serving(app):
        await record(database, actor=7, action="users.list", subjects=[2, 1], detail="page 1")
        await record(database, actor=None, action="retention.run")
    with psycopg.connect(settings.database.conninfo) as conn:
        rows = conn.execute(
            "select actor_id, action, subject_id, detail from audit_log where action in ('users.list', 'retention.run')"
            " order by id"
        ).fetchall()
    assert rows == [(7, "users.list", 2, "page 1"), (7, "users.list", 1, "page 1"), (None, "retention.run", None, "")]


@pytest.mark.asyncio
async def test_an_entry_is_part_of_the_transaction_it_is_given(settings: Settings) -> None:
    app = create_app(settings)
    database = services_of(app.state.services).database
    async with serving(app), database.connection() as conn, conn.transaction(force_rollback=True):
        await record(database, actor=7, action="rolled.back", conn=conn)
    with psycopg.connect(settings.database.conninfo) as after:
        assert after.execute("select count(*) from audit_log where action = 'rolled.back'").fetchone() == (0,)


def services_of(parts: Services) -> Services:
    return parts
