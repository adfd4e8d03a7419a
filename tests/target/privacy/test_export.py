"""The export: everything about one person, nothing about anybody else."""

from __future__ import annotations

import msgspec
import psycopg
import pytest

from target.privacy.models import Export
from target.privacy.registry import LEFT_OUT, SECTIONS
from tests.target.privacy.conftest import World

# Every column that refers to users, and every id that refers to nothing: such as those of the audit log, which are
# kept for longer than what they mean.
COLUMNS_OF_PEOPLE = """
    select c.table_name, c.column_name from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    left join (
        select conrelid::regclass::text as table_name, attname as column_name, confrelid::regclass::text as target
        from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any (conkey)
        where contype = 'f'
    ) reference using (table_name, column_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and (target = 'users' or (target is null and c.column_name like '%\\_id' and c.data_type = 'bigint'))
"""


def test_every_column_that_holds_a_person_is_registered(migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as conn:
        found = set(conn.execute(COLUMNS_OF_PEOPLE.encode()).fetchall())
    exported = {(section.table, column) for section in SECTIONS for column in section.columns}
    left_out = {(place.table, place.column) for place in LEFT_OUT}
    assert found == (exported | left_out) - {("users", "id")}
    assert not exported & left_out


def test_no_column_of_an_exported_table_is_forgotten(migrated_url: str) -> None:
    """A new column must be exported, or named here with a reason."""
    kept_back = {
        "users": {"password_hash"},  # of use to attackers only
        "uploads": {"stored_as"},  # where the file lies
        "audit_log": {"id", "trace_id"},  # the server's own
        "consents": {"id"},
    }
    whose = {section.table: set(section.columns) for section in SECTIONS}
    with psycopg.connect(migrated_url) as conn:
        rows = conn.execute("select table_name, column_name from information_schema.columns").fetchall()
    for section in SECTIONS:
        if section.table in ("audit_log", "follows"):
            continue
        columns = {column for table, column in rows if table == section.table}
        fields = set(section.row.__struct_fields__) | kept_back.get(section.table, set()) | whose[section.table]
        assert columns <= fields, section.name


def test_sections_are_the_fields_of_the_export() -> None:
    assert [section.name for section in SECTIONS] == [
        field for field in Export.__struct_fields__ if field not in ("format", "version", "exported_at")
    ]


@pytest.mark.asyncio
async def test_it_holds_all_of_ada_and_nothing_of_bob(world: World) -> None:
    ada, bob = await world.join("ada"), await world.join("bob")
    await world.fill(ada, bob)
    await world.fill(bob, ada)
    answer = await world.ask(ada, "GET", "/privacy/export")
    export = msgspec.json.decode(answer.content, type=Export)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "bob-canary" not in answer.text
    assert "hash" not in answer.text
    for section in SECTIONS:
        part = getattr(export, section.name)
        rows = part if isinstance(part, list) else [part]
        where = " or ".join(f"{column} = {ada.id}" for column in section.columns)
        assert [(len(rows),)] == world.sql(f"select count(*) from {section.table} where {where}"), section.name
        assert rows, section.name
    assert export.account.email == "ada@canary.test"
    assert [message.body for message in export.messages] == ["ada-canary message"]
    content = await world.ask(ada, "GET", export.uploads[0].href)
    assert b"ada-canary" in content.content


@pytest.mark.asyncio
async def test_its_format_is_documented_for_everybody(world: World) -> None:
    answer = (await world.client.get("/privacy/format")).json()
    assert (answer["format"], answer["version"]) == ("target-export", 1)
    properties = answer["json_schema"]["$defs"]["Export"]["properties"]
    assert set(properties) == set(Export.__struct_fields__)
    assert {place["table"] for place in answer["left_out"]} == {"notifications", "erasures"}
