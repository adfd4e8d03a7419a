"""Every error has one shape, says what to do, and tells nothing that it should not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from target.app import create_app
from target.limits import BodyLimits
from target.settings import Settings
from tests.target.conftest import serving

pytestmark = pytest.mark.asyncio


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Instance"] == "test-1"
    problem = answer.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.request.url.path
    assert problem["trace_id"] == answer.headers["X-Trace-Id"]


async def test_a_path_that_is_not_there(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/nowhere"), 404)
    assert_problem(await client.get("/feed/"), 404)


async def test_a_method_that_is_not_there(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/posts")
    assert_problem(answer, 405)
    assert answer.headers["Allow"] == "POST"


async def test_nobody_logged_in(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/feed"), 401)


async def test_a_body_of_another_type(ada: httpx.AsyncClient) -> None:
    assert_problem(await ada.post("/posts", data={"body": "a"}), 415)


async def test_a_body_that_is_not_valid_says_where(ada: httpx.AsyncClient) -> None:
    answer = await ada.post("/posts", json={"body": 7})
    assert_problem(answer, 422)
    assert answer.json()["errors"] == [{"pointer": "/body", "detail": "Expected `str`, got `int`"}]


async def test_a_body_that_announces_to_be_too_large(ada: httpx.AsyncClient) -> None:
    assert_problem(await ada.post("/posts", content=b"x" * (64 * 1024 + 1)), 413)


async def test_a_body_that_turns_out_to_be_too_large(ada: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 8192

    assert_problem(await ada.post("/posts", content=endless()), 413)


async def test_a_body_that_never_arrives(settings: Settings) -> None:
    app = create_app(settings)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with serving(app, BodyLimits(app, max_seconds=0.05)) as client:
        started = time.monotonic()
        answer = await client.post("/auth/login", content=stuck())
        assert_problem(answer, 408)
        assert answer.headers["Connection"] == "close"
        assert time.monotonic() - started < 5


async def test_a_mistake_of_ours_is_a_500_that_tells_nothing(
    settings: Settings,
) -> None:
    async def broken(_request: Request) -> Response:
        raise ZeroDivisionError("the-inner-reason")

    app = create_app(settings)
    app.router.routes.append(Route("/broken", broken))
    async with serving(app) as client:
        answer = await client.get("/broken")
        assert_problem(answer, 500)
        assert "the-inner-reason" not in answer.text
        assert "Traceback" not in answer.text
        assert 'route="/broken",status="500"' in (await client.get("/metrics")).text
