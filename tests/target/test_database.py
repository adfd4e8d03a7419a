"""Requests while the database is busy, away, or hanging."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from target.app import create_app
from target.db import pool
from target.db.pool import Database
from target.db.url import DatabaseUrl
from target.observability.metrics import Metrics
from target.settings import Settings
from tests.target.conftest import Serve, register, serving, until
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio


def assert_come_back(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_exhausted_pool_answers_503_within_pool_timeout_and_recovers(settings: Settings) -> None:
    app = create_app(settings)
    async with serving(app) as client:
        await register(client)
        database = app.state.services.database
        held = [database.connection() for _ in range(3)]
        for connection in held:
            await connection.__aenter__()
        started = time.monotonic()
        assert_come_back(await client.get("/posts/1"))
        assert 0.9 < time.monotonic() - started < 2
        for connection in held:
            await connection.__aexit__(None, None, None)
        assert (await client.get("/posts/1")).status_code == 404


async def test_a_database_that_refuses_costs_a_second_and_not_the_pool_timeout(serve: Serve, migrated_url: str) -> None:
    async with wire_to(migrated_url) as wire:
        url = DatabaseUrl.parse(f"{wire.url}?pool_timeout=30&connection_limit=3")
        async with serve(database=url) as client:
            await register(client)
            await wire.cut()
            await until(lambda: _refused(client))
            started = time.monotonic()
            assert_come_back(await client.get("/posts/1"))
            assert time.monotonic() - started < 2
            await wire.mend()
            mended = time.monotonic()
            await until(lambda: _found(client))
            assert time.monotonic() - mended < 2


async def test_connections_that_died_while_idle_fail_no_request(serve: Serve, migrated_url: str) -> None:
    async with serve() as client:
        await register(client)
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            # Waits until each has ended: a connection that is about to die is another story.
            conn.execute(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        answers = await asyncio.gather(*(client.get("/posts/1") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {404}


async def test_a_query_that_takes_too_long_is_ended_and_the_connection_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_QUERY_SECONDS", 0.2)
    app = create_app(settings)
    async with serving(app), app.state.services.database.connection() as conn:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await conn.execute("select pg_sleep(30)")
        assert not conn.closed


async def test_a_query_without_an_answer_is_given_up(
    serve: Serve, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_QUERY_SECONDS", 0.3)
    async with (
        wire_to(migrated_url) as wire,
        serve(database=DatabaseUrl.parse(f"{wire.url}?connection_limit=2")) as client,
    ):
        await register(client)
        await until(lambda: _found(client))
        wire.stall()
        started = time.monotonic()
        assert_come_back(await client.get("/posts/1"))
        assert time.monotonic() - started < 3
        await wire.mend()
        await until(lambda: _found(client))


async def test_a_statement_without_rows_says_how_many_it_changed(settings: Settings) -> None:
    app = create_app(settings)
    async with serving(app) as client:
        await register(client)
        rename = pool.Query("rename", "update users set name = %s where email = %s")
        database = app.state.services.database
        assert await database.execute(rename, ("Countess", "ada@example.org")) == 1
        assert await database.execute(rename, ("Countess", "bob@example.org")) == 0
        assert 'db_query_duration_seconds_count{query="rename"} 2.0' in (await client.get("/metrics")).text


async def _found(client: httpx.AsyncClient) -> bool:
    await asyncio.sleep(0.02)
    return (await client.get("/posts/1")).status_code == 404


async def _refused(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 503 or await _pause()


async def _pause() -> bool:
    await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("parameters", "encrypted"),
    [("", False), ("?sslmode=prefer", False), ("?sslmode=require", True), ("?sslmode=verify-full&sslrootcert=x", True)],
)
async def test_a_url_says_whether_it_asks_for_tls(parameters: str, encrypted: bool) -> None:
    url = DatabaseUrl.parse(f"postgresql://app@db/app{parameters}")
    assert url.encrypted is encrypted
    assert parameters.removeprefix("?") in url.conninfo


async def test_tls_that_was_asked_for_is_had_or_there_is_no_connection(migrated_url: str) -> None:
    """This server has none: libpq refuses it over TCP, and on a Unix socket it would not have looked."""
    with psycopg.connect(migrated_url) as conn:
        row = conn.execute("show unix_socket_directories").fetchone()
    assert row is not None
    parts = urlsplit(migrated_url)
    socket = parts._replace(
        netloc=f"{parts.username}:{parts.password}@", query=f"host={row[0]}&port={parts.port}"
    ).geturl()
    for url, answers in (
        (f"{migrated_url}?sslmode=require", False),
        (f"{socket}&sslmode=require", False),
        (f"{socket}&sslmode=prefer", True),
    ):
        database = Database(DatabaseUrl.parse(url), Metrics())
        await database.open()
        try:
            assert await database.answers(1.0) is answers, url
        finally:
            await database.close()
