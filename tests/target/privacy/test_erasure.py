"""The end of an account, however it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import redis as redis_sync

from target.app import create_app
from target.auth import sessions
from target.privacy import erasure
from tests.target.conftest import serving, until
from tests.target.privacy.conftest import PASSWORD, Person, World

pytestmark = pytest.mark.asyncio


def traces(world: World, canary: str) -> list[str]:
    """Where a canary is found: in any column of any table, in Redis, in the names of files."""
    found = []
    for (table,) in world.sql("select tablename from pg_tables where schemaname = 'public'"):
        if world.sql(f"select 1 from {table} t where t::text like %s limit 1", f"%{canary}%"):
            found.append(f"table {table}")
    with redis_sync.Redis.from_url(world.settings.redis_url) as client:
        for key in client.scan_iter():
            if client.type(key) == b"string" and canary.encode() in (client.get(key) or b""):
                found.append(f"key {key.decode()}")
    return found


def files(world: World) -> int:
    return len(list(world.settings.upload_dir.iterdir()))


async def full_world(world: World) -> tuple[Person, Person]:
    ada, bob = await world.join("ada"), await world.join("bob")
    await world.fill(ada, bob)
    await world.fill(bob, ada)
    return ada, bob


async def test_nothing_is_left_of_who_asked_and_all_of_the_other(world: World) -> None:
    ada, bob = await full_world(world)
    assert {"table users", "table posts", "table messages"} <= set(traces(world, "ada-canary"))
    assert any(place.startswith("key feed:") for place in traces(world, "ada-canary"))
    answer = await world.ask(ada, "POST", "/privacy/erasure", {"password": PASSWORD})
    assert answer.status_code == 202
    assert traces(world, "ada-canary") == []
    assert files(world) == 1
    assert {"table users", "table posts", "table messages"} <= set(traces(world, "bob-canary"))
    # Nor does the token work any longer, nor the password.
    assert (await world.client.get("/users/me", headers=ada.headers)).status_code == 401
    login = await world.client.post("/auth/login", json={"email": "ada@canary.test", "password": PASSWORD})
    assert login.status_code == 401
    assert (await world.ask(bob, "GET", "/feed")).json()["items"]
    # The log knows that it happened.
    assert world.sql(
        "select count(*) from audit_log where action = 'erasure.request' and subject_id = %s and detail = ''", ada.id
    ) != [(0,)]


async def test_a_wrong_password_erases_nothing(world: World) -> None:
    ada = await world.join("ada")
    answer = await world.client.post("/privacy/erasure", json={"password": "engine-no-2"}, headers=ada.headers)
    assert answer.status_code == 403
    assert world.sql("select count(*) from erasures") == [(0,)]
    assert (await world.ask(ada, "GET", "/users/me")).json()["id"] == ada.id


@pytest.mark.parametrize("step", ["revoke", "remove", "forget_cached"])
async def test_another_instance_finishes_what_one_left(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ada, _ = await full_world(world)

    async def dies(*_: object) -> None:
        raise ConnectionAbortedError("the instance dies here")

    with monkeypatch.context() as while_it_dies:
        owner: dict[str, object] = {"revoke": sessions, "remove": type(world.parts.uploads)}
        while_it_dies.setattr(owner.get(step, erasure), step, dies)
        answer = await world.client.post("/privacy/erasure", json={"password": PASSWORD}, headers=ada.headers)
    assert answer.status_code == 500
    assert world.sql("select state from erasures") == [("erased" if step == "forget_cached" else "requested",)]
    monkeypatch.setattr(erasure, "_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(erasure, "_SETTLED_SECONDS", 0)
    other = create_app(replace(world.settings, instance_name="test-2"))
    async with serving(other):
        await until(finished(world))
    assert traces(world, "ada-canary") == []
    assert files(world) == 1
    assert (await world.client.get("/users/me", headers=ada.headers)).status_code == 401


def finished(world: World) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        # Each look is a blocking one: let the application work in between.
        await asyncio.sleep(0.02)
        return world.sql("select state from erasures") == [("finished",)]

    return ask


async def test_erasing_twice_is_once(world: World) -> None:
    ada, _ = await full_world(world)
    await world.ask(ada, "POST", "/privacy/erasure", {"password": PASSWORD})
    assert await erasure.erase_requested(world.parts) == 0
    assert world.sql("select count(*) from erasures") == [(1,)]


async def test_every_reference_to_a_user_goes_with_the_user(world: World) -> None:
    stays = "select conname from pg_constraint where contype = 'f' and confrelid = 'users'::regclass"
    assert world.sql(f"{stays} and confdeltype <> 'c'") == []
