"""The external service was told to misbehave, and nobody who remembers is left: it is told to answer well again."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from harness.stack import Role
from harness.stacks.compose.manners import answers_well_again
from harness.stacks.compose.member import Connection, Member
from tests.scenarios.loads import tiny_server
from tests.upstreams import an_upstream


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with an_upstream() as url:
        yield url


def member(url: str) -> Member:
    parts = urlsplit(url)
    place = Connection(network="n", aliases=(), address=str(parts.hostname))
    return Member(
        name="upstream",
        role=Role.UPSTREAM,
        container="c",
        service="upstream",
        image="i",
        port=int(parts.port or 0),
        home="n",
        connections=(place,),
    )


async def test_it_answers_well_again(service: str) -> None:
    async with httpx.AsyncClient(base_url=service, trust_env=False) as client:
        (await client.put("/control", json={"error_rate": 1, "error_kind": "hang"})).raise_for_status()
        assert await answers_well_again(member(service)) is True
        assert (await client.get("/control")).json()["error_rate"] == 0


async def test_what_answers_well_is_left_alone(service: str) -> None:
    await answers_well_again(member(service))
    assert await answers_well_again(member(service)) is None


async def test_another_s_service_is_left_alone() -> None:
    with tiny_server() as server:
        assert await answers_well_again(member(server.url)) is None
    assert await answers_well_again(member("http://127.0.0.1:9")) is None
