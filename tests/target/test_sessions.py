"""Refresh tokens that work once, and what ends a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import httpx
import jwt
import psycopg
import pytest
import pytest_asyncio

from target.app import create_app
from target.settings import Settings
from tests.target.conftest import SECRET, Serve, register, serving, until
from tests.target.wire import wire_to

pytestmark = pytest.mark.asyncio

LOGIN = {"email": "ada@example.org", "password": "engine-no-1"}
OTHER_SECRET = "another-key-altogether-7261549380-qwfpgjluy"


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def login(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post("/auth/login", json=LOGIN)
    assert answer.status_code == 200
    return {"access": answer.json()["access_token"], "refresh": answer.json()["refresh_token"]}


async def feed_status(client: httpx.AsyncClient, access_token: str) -> int:
    return (await client.get("/feed", headers={"Authorization": f"Bearer {access_token}"})).status_code


@pytest_asyncio.fixture
async def three(settings: Settings) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Three instances on one database and one cache."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(serving(create_app(settings))) for _ in range(3)]


async def test_a_refresh_token_gives_the_next_and_new_access(client: httpx.AsyncClient) -> None:
    first = (await register(client)).json()
    answer = await refresh(client, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["user"] == first["user"]
    assert await feed_status(client, second["access_token"]) == 200
    assert (await refresh(client, second["refresh_token"])).status_code == 200


async def test_a_refresh_token_is_256_random_bits_and_stored_as_a_hash(
    client: httpx.AsyncClient, migrated_url: str
) -> None:
    token = (await register(client)).json()["refresh_token"]
    assert len(token) == 43
    with psycopg.connect(migrated_url) as conn:
        rows = conn.execute("select token_hash, t::text from refresh_tokens t").fetchall()
    assert len(rows) == 1
    assert len(rows[0][0]) == 32
    assert token not in rows[0][1]


async def test_a_reused_one_ends_the_family_on_every_instance(three: list[httpx.AsyncClient]) -> None:
    first = (await register(three[0])).json()
    second = (await refresh(three[1], first["refresh_token"])).json()
    third = (await refresh(three[2], second["refresh_token"])).json()
    other_login = await login(three[0])

    reused = await refresh(three[1], first["refresh_token"])
    assert reused.status_code == 401
    assert reused.headers["WWW-Authenticate"] == "Bearer"
    for token in (first, second, third):
        assert (await refresh(three[0], token["refresh_token"])).status_code == 401
        assert {await feed_status(instance, token["access_token"]) for instance in three} == {401}
    assert await feed_status(three[2], other_login["access"]) == 200
    assert (await refresh(three[2], other_login["refresh"])).status_code == 200


async def test_of_many_at_once_one_wins_and_the_family_ends(three: list[httpx.AsyncClient]) -> None:
    token = (await register(three[0])).json()["refresh_token"]
    answers = await asyncio.gather(*(refresh(three[i % 3], token) for i in range(6)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} == {200, 401}
    assert (await refresh(three[0], won[0].json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["unknown", "x" * 43, "\u2603"])
async def test_what_is_no_refresh_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    assert (await refresh(client, token)).status_code == 401


async def test_refresh_tokens_expire(serve: Serve, migrated_url: str) -> None:
    async with serve(refresh_expires_in=timedelta(minutes=1)) as client:
        token = (await register(client)).json()["refresh_token"]
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            conn.execute("update sessions set expires_at = expires_at - interval '61 seconds'")
        assert (await refresh(client, token)).status_code == 401
        await login(client)
        with psycopg.connect(migrated_url) as conn:
            left = conn.execute("select count(*) from sessions").fetchone()
    assert left == (1,), "the next login clears away what has expired"


async def test_logout_ends_this_session_and_no_other(three: list[httpx.AsyncClient]) -> None:
    await register(three[0])
    mine, elsewhere = await login(three[0]), await login(three[1])
    answer = await three[0].post("/auth/logout", headers={"Authorization": f"Bearer {mine['access']}"})
    assert (answer.status_code, answer.json()) == (200, {"sessions": 1, "access_tokens": "revoked"})
    assert {await feed_status(instance, mine["access"]) for instance in three} == {401}
    assert (await refresh(three[1], mine["refresh"])).status_code == 401
    assert await feed_status(three[0], elsewhere["access"]) == 200
    assert (await refresh(three[0], elsewhere["refresh"])).status_code == 200


async def test_a_logout_while_redis_is_away_says_so_and_is_made_up_for(settings: Settings) -> None:
    async with (
        wire_to(settings.redis_url) as wire,
        serving(create_app(replace(settings, redis_url=wire.url))) as here,
        serving(create_app(settings)) as elsewhere,
    ):
        session = (await register(here)).json()
        await wire.cut()
        answer = await here.post("/auth/logout")
        assert answer.json() == {"sessions": 1, "access_tokens": "pending"}
        assert (await refresh(elsewhere, session["refresh_token"])).status_code == 401
        assert await feed_status(here, session["access_token"]) == 401
        assert await feed_status(elsewhere, session["access_token"]) == 200
        await wire.mend()

        async def refused() -> bool:
            return await feed_status(elsewhere, session["access_token"]) == 401

        await until(refused)


async def test_another_password_ends_all_other_sessions(ada: httpx.AsyncClient) -> None:
    elsewhere, mine = await login(ada), await login(ada)
    headers = {"Authorization": f"Bearer {mine['access']}"}

    async def change(current: str) -> httpx.Response:
        body = {"current_password": current, "new_password": "engine-no-2"}
        return await ada.post("/auth/password", json=body, headers=headers)

    assert (await change("engine-no-0")).status_code == 403
    answer = await change("engine-no-1")
    assert (answer.status_code, answer.json()) == (200, {"sessions": 2, "access_tokens": "revoked"})
    assert await feed_status(ada, mine["access"]) == 200
    assert (await refresh(ada, mine["refresh"])).status_code == 200
    assert await feed_status(ada, elsewhere["access"]) == 401
    assert (await refresh(ada, elsewhere["refresh"])).status_code == 401
    assert (await ada.post("/auth/login", json=LOGIN)).status_code == 401
    assert (await ada.post("/auth/login", json={**LOGIN, "password": "engine-no-2"})).status_code == 200


async def test_secrets_rotate_without_logging_out(settings: Settings) -> None:
    async with serving(create_app(settings)) as before:
        session = (await register(before)).json()
    rotated = replace(settings, jwt_secret=OTHER_SECRET, jwt_secret_previous=SECRET)
    async with serving(create_app(rotated)) as client:
        assert await feed_status(client, session["access_token"]) == 200
        renewed = (await refresh(client, session["refresh_token"])).json()["access_token"]
    assert jwt.decode(renewed, OTHER_SECRET, ["HS256"], issuer="target")["sub"] == "1"
    kids = [jwt.get_unverified_header(token)["kid"] for token in (session["access_token"], renewed)]
    assert kids[0] != kids[1]
    async with serving(create_app(replace(rotated, jwt_secret_previous=None))) as client:
        assert await feed_status(client, session["access_token"]) == 401
        assert await feed_status(client, renewed) == 200


async def test_a_key_id_chooses_a_key_and_is_no_key(client: httpx.AsyncClient) -> None:
    session = (await register(client)).json()
    claims = jwt.decode(session["access_token"], SECRET, ["HS256"], issuer="target")
    kid = jwt.get_unverified_header(session["access_token"])["kid"]
    for named in (kid, "", "../../dev/null", OTHER_SECRET):
        forged = jwt.encode(claims, OTHER_SECRET, "HS256", headers={"kid": named})
        assert await feed_status(client, forged) == 401
