"""Registration, login, and who gets in."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from datetime import timedelta
from statistics import median
from typing import Any

import httpx
import jwt
import pytest
from argon2 import extract_parameters

from target.auth import passwords
from tests.target.conftest import SECRET, Serve, register

pytestmark = pytest.mark.asyncio

GOOD_CLAIMS = {"iss": "target", "sub": "1", "role": "user", "jti": "j", "fam": "f", "iat": 1, "exp": 4_000_000_000}


async def test_registering_logs_in(client: httpx.AsyncClient) -> None:
    answer = await register(client)
    assert answer.status_code == 201
    session = answer.json()
    assert session["token_type"] == "Bearer"
    assert session["expires_in"] == 604800
    assert session["user"] == {"id": 1, "email": "ada@example.org", "name": "Ada", "role": "user"}
    assert (await client.get("/feed")).status_code == 200


async def test_an_address_registers_once_however_it_is_spelled(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(register(client, email) for email in ("Ada@Example.org", "ada@example.org")))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_login_takes_the_right_password_only(ada: httpx.AsyncClient) -> None:
    async def login(email: str, password: str) -> httpx.Response:
        return await ada.post("/auth/login", json={"email": email, "password": password})

    right = await login("ADA@example.org", "engine-no-1")
    assert right.status_code == 200
    assert right.json()["user"]["name"] == "Ada"
    wrong, unknown = (
        await login("ada@example.org", "engine-no-2"),
        await login("bob@example.org", "engine-no-1"),
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


async def test_a_refusal_takes_as_long_for_an_unknown_address(ada: httpx.AsyncClient) -> None:
    async def seconds(email: str) -> float:
        started = time.perf_counter()
        await ada.post("/auth/login", json={"email": email, "password": "a-wrong-password"})
        return time.perf_counter() - started

    known, unknown = [], []
    for _ in range(9):
        known.append(await seconds("ada@example.org"))
        unknown.append(await seconds("bob@example.org"))
    # Without the hash of nobody the second would be ten times as fast.
    assert 0.5 < median(unknown) / median(known) < 2


async def test_the_hash_of_nobody_costs_what_real_ones_cost() -> None:
    real = extract_parameters(passwords._HASHER.hash("engine-no-1"))
    assert extract_parameters(passwords._NOBODY) == real
    assert (real.memory_cost, real.time_cost, real.parallelism) == (19456, 2, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a b@c.de"},
        {"email": "a@b.cc\n"},
        {"email": "a\x00@b.cc"},
        {"email": "a" * 250 + "@b.cc"},
        {"email": None},
        {"password": "nine-char"},
        {"password": "x" * 129},
        {"password": 1234567890},
        {"name": ""},
        {"name": "A\x00"},
        {"name": "x" * 81},
        {"role": "admin"},
    ],
)
async def test_a_bad_registration_is_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    body = {"email": "ada@example.org", "password": "engine-no-1", "name": "Ada", **change}
    answer = await client.post("/auth/register", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_logins_do_not_hold_up_other_requests(ada: httpx.AsyncClient) -> None:
    body = {"email": "ada@example.org", "password": "engine-no-1"}
    logins = [asyncio.create_task(ada.post("/auth/login", json=body)) for _ in range(12)]
    started = time.perf_counter()
    assert (await ada.get("/health/live")).status_code == 200
    waited = time.perf_counter() - started
    total = time.perf_counter()
    assert {answer.status_code for answer in await asyncio.gather(*logins)} == {200}
    assert waited < (time.perf_counter() - total) / 2


def signed(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {name: value for name, value in {**GOOD_CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, secret, algorithm)


def unsigned() -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(GOOD_CLAIMS)}."


async def test_a_well_made_token_gets_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/feed", headers={"Authorization": f"bearer {signed()}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        signed("another-horse-battery-staple-0123456789"),
        signed(algorithm="HS384"),
        signed(exp=1),
        signed(exp=None),
        signed(iss="elsewhere"),
        signed(role="root"),
        signed(role=None),
        signed(sub="one"),
        signed(sub="9" * 30),
        signed(sub=None),
        signed(jti=None),
        signed(jti=7),
        signed(fam=None),
        signed(fam="f" * 65),
        signed()[:-2] + "AA",
        unsigned(),
        "nonsense",
        "a.b.c",
        "",
    ],
)
async def test_a_bad_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/feed", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_nobody_gets_in_without_a_token(client: httpx.AsyncClient) -> None:
    for request in (("GET", "/feed"), ("POST", "/posts"), ("GET", "/posts/1")):
        assert (await client.request(*request)).status_code == 401
        basic = await client.request(*request, headers={"Authorization": "Basic YTpi"})
        assert basic.status_code == 401


async def test_tokens_live_as_long_as_configured(serve: Serve) -> None:
    async with serve(jwt_expires_in=timedelta(minutes=15)) as client:
        session = (await register(client)).json()
    claims = jwt.decode(session["access_token"], SECRET, ["HS256"], issuer="target")
    assert session["expires_in"] == claims["exp"] - claims["iat"] == 900
    assert claims["sub"] == "1"
    assert len(claims["jti"]) == 32


async def test_a_token_of_a_deleted_account_cannot_post(client: httpx.AsyncClient) -> None:
    token = signed(sub="987654321")
    answer = await client.post("/posts", json={"body": "hi"}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
