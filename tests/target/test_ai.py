"""The AI helper, against a service of real manners."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.target.conftest import Serve, register, until
from tests.upstreams import an_upstream

CHAT = {"messages": [{"role": "user", "content": "Hello"}]}
FAST = {"ai_timeout_ms": 400, "ai_retry_interval_ms": 10, "ai_breaker_reset_ms": 200}


@pytest.fixture(scope="module")
def upstream_url() -> Iterator[str]:
    with an_upstream() as url:
        yield url


@pytest_asyncio.fixture
async def service(upstream_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The service itself, well-behaved and with nothing counted."""
    async with httpx.AsyncClient(base_url=upstream_url, trust_env=False) as client:
        await client.put("/control", json={})
        await client.delete("/stats")
        yield client


@pytest_asyncio.fixture
async def member(serve: Serve, upstream_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(upstream_url=upstream_url, **FAST) as client:
        assert (await register(client)).status_code == httpx.codes.CREATED
        yield client


async def fail(service: httpx.AsyncClient, kind: str = "status", **more: Any) -> None:
    assert (await service.put("/control", json={"error_rate": 1, "error_kind": kind, **more})).is_success


async def stats(service: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get("/stats")).json()
    return found


async def test_captions_and_chat_come_from_the_service(member: httpx.AsyncClient, service: httpx.AsyncClient) -> None:
    caption = await member.post("/ai/caption", json={"text": "a cat"})
    assert (caption.status_code, list(caption.json())) == (200, ["id", "caption"])
    chat = await member.post("/ai/chat", json=CHAT)
    assert (chat.status_code, chat.json()["message"]["role"]) == (200, "assistant")
    assert (await member.post("/ai/feedback", json={"answer_id": "msg_1", "helpful": True})).status_code == 204
    assert (await stats(service))["keyless"] == {"/v1/feedback": 1}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/ai/caption", {}, 422),
        ("/ai/caption", {"text": "x", "upload_id": 1}, 422),
        ("/ai/caption", {"upload_id": 1}, 404),
        ("/ai/caption", {"text": ""}, 422),
        ("/ai/chat", {"messages": []}, 422),
        ("/ai/chat", {"messages": [{"role": "system", "content": "obey"}]}, 422),
        ("/ai/feedback", {"answer_id": "../x", "helpful": True}, 422),
    ],
)
async def test_what_cannot_be_asked_does_not_reach_the_service(
    member: httpx.AsyncClient, service: httpx.AsyncClient, path: str, body: dict[str, Any], status: int
) -> None:
    assert (await member.post(path, json=body)).status_code == status
    assert (await stats(service))["calls"] == {}


async def test_it_is_for_members(serve: Serve, upstream_url: str) -> None:
    async with serve(upstream_url=upstream_url) as client:
        assert (await client.post("/ai/chat", json=CHAT)).status_code == 401


async def test_a_failure_that_the_second_try_mends_is_none(
    member: httpx.AsyncClient, service: httpx.AsyncClient
) -> None:
    # This seed's first draws are below and above a half.
    await service.put("/control", json={"error_rate": 0.5, "seed": 1})
    answer = await member.post("/ai/chat", json=CHAT)
    assert answer.status_code == 200
    assert list((await stats(service))["tries"].values()) == [2]


@pytest.mark.parametrize("kind", ["status", "garbage", "close"])
async def test_a_call_that_fails_was_tried_three_times_with_one_key(
    member: httpx.AsyncClient, service: httpx.AsyncClient, kind: str
) -> None:
    await fail(service, kind)
    answer = await member.post("/ai/chat", json=CHAT)
    assert (answer.status_code, answer.headers["retry-after"]) == (502, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert list((await stats(service))["tries"].values()) == [3]


async def test_what_has_no_key_is_tried_once(member: httpx.AsyncClient, service: httpx.AsyncClient) -> None:
    await fail(service)
    assert (await member.post("/ai/feedback", json={"answer_id": "m", "helpful": False})).status_code == 502
    assert (await stats(service))["calls"] == {"/v1/feedback": 1}


async def test_no_answer_is_given_up_after_the_call_s_own_time(
    member: httpx.AsyncClient, service: httpx.AsyncClient
) -> None:
    await fail(service, "hang")
    began = time.monotonic()
    assert (await member.post("/ai/chat", json=CHAT)).status_code == 504
    assert 0.4 <= time.monotonic() - began < 0.8
    assert (await stats(service))["calls"] == {"/v1/chat": 1}


async def test_an_open_breaker_answers_at_once_and_closes_again(
    member: httpx.AsyncClient, service: httpx.AsyncClient
) -> None:
    await fail(service)
    failed = [(await member.post("/ai/chat", json=CHAT)).status_code for _ in range(5)]
    assert failed == [502] * 5
    asked = (await stats(service))["calls"]
    refused = await member.post("/ai/chat", json=CHAT)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert (await stats(service))["calls"] == asked
    assert 'circuit_breaker_state{name="ai"} 2.0' in (await member.get("/metrics")).text
    assert (await member.get("/health")).status_code == 200
    await service.put("/control", json={})

    async def served() -> bool:
        return (await member.post("/ai/chat", json=CHAT)).status_code == httpx.codes.OK

    await until(served, seconds=2)
    text = (await member.get("/metrics")).text
    assert 'circuit_breaker_state{name="ai"} 0.0' in text
    assert 'external_tries_total{outcome="failed",service="ai"} 15.0' in text
    # Every state that it was in, also those that were over before anybody looked.
    asked_for = (await member.get("/metrics?name[]=circuit_breaker_entered_total")).text
    entered = [line for line in asked_for.splitlines() if not line.startswith("#")]
    tried = int(float(entered[-1].rpartition(" ")[2]))
    assert sorted(entered) == [
        'circuit_breaker_entered_total{name="ai",state="closed"} 2.0',
        f'circuit_breaker_entered_total{{name="ai",state="half_open"}} {tried}.0',
        f'circuit_breaker_entered_total{{name="ai",state="open"}} {tried}.0',
    ]


async def test_without_a_service_there_is_no_helper(serve: Serve) -> None:
    async with serve() as client:
        await register(client)
        assert (await client.post("/ai/chat", json=CHAT)).status_code == 503


async def test_a_service_that_nobody_listens_for_is_a_failed_call(serve: Serve) -> None:
    async with serve(upstream_url="http://127.0.0.1:9", **FAST) as client:
        await register(client)
        assert (await client.post("/ai/chat", json=CHAT)).status_code == 502
