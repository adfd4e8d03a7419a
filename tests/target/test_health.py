"""What the balancer and the people on call are told, when things work and when they do not."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import httpx
import psycopg
import pytest

from target import health
from target.app import create_app
from target.db.url import DatabaseUrl
from target.settings import Settings
from tests.target.conftest import Serve, serving, until
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio


async def ready(client: httpx.AsyncClient) -> int:
    return (await client.get("/health/ready")).status_code


async def test_health_says_who_is_here(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"status", "uptime", "timestamp", "environment", "version"}
    assert (body["status"], body["environment"], body["version"]) == ("ok", "test", "1.2.3")
    assert body["uptime"] >= 0
    assert body["timestamp"].endswith("Z")
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert answer.headers["X-Instance"] == "test-1"


async def test_ready_when_database_and_cache_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "cache": "ok"}}


async def test_without_the_database_alive_but_not_ready_until_it_is_back(serve: Serve, migrated_url: str) -> None:
    async with wire_to(migrated_url) as wire:
        await wire.cut()
        async with serve(database=DatabaseUrl.parse(wire.url)) as client:
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["checks"] == {"database": "failed", "cache": "ok"}
            assert (await client.get("/health/live")).status_code == 200
            await wire.mend()
            mended = time.monotonic()
            await until(lambda: _is(client, 200))
            assert time.monotonic() - mended < 3
            await wire.cut()
            await until(lambda: _is(client, 503))


async def test_a_database_that_answers_late_is_still_one_that_answers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No answer is in time, as if each took longer than a balancer waits.
    monkeypatch.setattr(health, "_ANSWER_SECONDS", 0.0)
    async with serving(create_app(settings)) as client:
        person = {"email": "late@example.test", "password": "correct horse battery", "name": "Late"}
        assert (await client.post("/auth/register", json=person)).status_code == 201
        assert await ready(client) == 200
        monkeypatch.setattr(health, "_SLOW_SECONDS", 0.0)
        await until(lambda: _is(client, 503))


async def test_a_database_that_hangs_is_noticed_within_a_second(serve: Serve, migrated_url: str) -> None:
    async with wire_to(migrated_url) as wire, serve(database=DatabaseUrl.parse(wire.url)) as client:
        assert await ready(client) == 200
        wire.stall()
        started = time.monotonic()
        await until(lambda: _is(client, 503))
        assert time.monotonic() - started < 1.5
        await wire.mend()
        await until(lambda: _is(client, 200))


async def test_a_lost_cache_is_shown_but_does_not_take_the_instance_out(serve: Serve, redis_url: str) -> None:
    async with wire_to(redis_url) as wire, serve(redis_url=wire.url) as client:
        await wire.cut()
        answer = await client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["checks"] == {"database": "ok", "cache": "failed"}


async def test_a_pool_full_of_work_is_still_ready(settings: Settings) -> None:
    app = create_app(settings)
    async with serving(app) as client:
        database = app.state.services.database
        connections = [database.connection() for _ in range(3)]
        for connection in connections:
            await connection.__aenter__()
        try:
            started = time.monotonic()
            assert await ready(client) == 200
            assert time.monotonic() - started < 0.8
        finally:
            for connection in connections:
                await connection.__aexit__(None, None, None)


async def test_frequent_probes_cost_the_database_little(serve: Serve, migrated_url: str) -> None:
    async with serve(instance_name="probed") as client:
        await until(lambda: _is(client, 200))
        with psycopg.connect(migrated_url, autocommit=True) as conn:

            def calls() -> int:
                row = conn.execute(
                    "select pg_stat_clear_snapshot(), xact_commit from pg_stat_database"
                    " where datname = current_database()"
                ).fetchone()
                assert row is not None
                return int(row[1])

            before = calls()
            statuses = await asyncio.gather(*(ready(client) for _ in range(200)))
            assert set(statuses) == {200}
            assert calls() - before < 50


async def test_while_draining_not_ready_and_answers_end_their_connection(settings: Settings) -> None:
    app = create_app(settings)
    async with serving(app) as client:
        assert await ready(client) == 200
        assert "Connection" not in (await client.get("/health")).headers
        app.state.services.lifecycle.draining = True
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["detail"] == "This instance is shutting down."
        assert answer.headers["Connection"] == "close"
        served = await client.get("/health")
        assert (served.status_code, served.headers["Connection"]) == (200, "close")


async def _is(client: httpx.AsyncClient, status: int) -> bool:
    await asyncio.sleep(0.05)
    return await ready(client) == status
