"""More at once than an instance is allowed: refused at once, and no longer than it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from target.admission import Admission
from tests.target.conftest import Serve

pytestmark = pytest.mark.asyncio

AT_MOST = 3


async def until(condition: Callable[[], bool]) -> None:
    """Lets the others go on until it is so."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never became so")


class Held:
    """An application that answers when it is told to, or breaks."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.begun = 0
        self.breaks = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        await self.done.wait()
        if self.breaks:
            raise RuntimeError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})


def asking(held: Held) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Admission(held, AT_MOST), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://target")


async def filled(client: httpx.AsyncClient, held: Held) -> list[asyncio.Task[httpx.Response]]:
    """As many requests as may be, all of them begun."""
    tasks = [asyncio.create_task(client.get("/feed")) for _ in range(AT_MOST)]
    await until(lambda: held.begun == AT_MOST)
    return tasks


@pytest.mark.parametrize("breaks", [False, True])
async def test_the_next_one_is_refused_until_one_is_done_however_that_ends(breaks: bool) -> None:
    held = Held()
    async with asking(held) as client:
        tasks = await filled(client, held)
        refused = await client.get("/feed")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["detail"] == "There is too much to do."
        assert held.begun == AT_MOST
        held.breaks = breaks
        held.done.set()
        assert {task.status_code for task in await asyncio.gather(*tasks)} == {500 if breaks else 200}
        held.breaks = False
        assert (await client.get("/feed")).status_code == 200


async def test_who_asks_for_its_health_is_always_answered() -> None:
    held = Held()
    async with asking(held) as client:
        tasks = await filled(client, held)
        ready = asyncio.create_task(client.get("/health/ready"))
        await until(lambda: held.begun > AT_MOST)
        held.done.set()
        assert (await ready).status_code == 200
        await asyncio.gather(*tasks)


async def test_a_client_that_goes_away_leaves_its_place() -> None:
    held = Held()
    async with asking(held) as client:
        tasks = await filled(client, held)
        tasks[0].cancel()
        await asyncio.wait(tasks[:1])
        held.done.set()
        assert (await client.get("/feed")).status_code == 200
        await asyncio.gather(*tasks[1:])


async def test_a_refusal_is_counted_traced_and_open_to_the_web_client_like_any_answer(serve: Serve) -> None:
    async with serve(max_in_flight=0, cors_origins=("https://web.example.test",)) as client:
        refused = await client.get("/feed", headers={"Origin": "https://web.example.test"})
        assert refused.status_code == 503
        assert refused.headers["X-Instance"] == "test-1"
        assert refused.headers["Access-Control-Allow-Origin"] == "https://web.example.test"
        assert refused.json()["trace_id"] == refused.headers["X-Trace-Id"]
        metrics = (await client.get("/metrics")).text
    assert [line for line in metrics.splitlines() if 'status="503"' in line or 'status_code="503"' in line]
