"""misbehave: what it may be told, and what is seen of each kind."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from chaos.faults.misbehave import KINDS, LATE, Misbehave
from harness.errors import UsageError
from harness.fault import NotFelt
from harness.stack import Harmable, Role
from tests.upstreams import an_upstream


class Stack:
    """As much of a stack as the fault looks at; of the rest there is nothing."""

    facts = database_url = meters = ca_file = app_environment = announcing_url = logs_are_written = print

    def __init__(self, url: str) -> None:
        self.url = url

    def members(self, role: Role) -> list[str]:
        return ["upstream"] if role is Role.UPSTREAM else []

    def address(self, member: str) -> tuple[str, int]:
        assert member == "upstream"
        url = httpx.URL(self.url)
        return url.host, url.port or 80

    async def serves(self, member: str) -> bool:
        return member == "upstream"


@pytest.fixture(scope="module")
def stack() -> Iterator[Harmable]:
    with an_upstream() as url:
        yield cast(Harmable, Stack(url))


def aimed(fault: Misbehave, stack: Harmable) -> Misbehave:
    return fault.aimed(stack, random.Random(1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [1.0, 0.5])
async def test_each_kind_is_seen_as_long_as_it_lasts(stack: Harmable, kind: str, share: float) -> None:
    fault = aimed(Misbehave(kind=kind, share=share, latency_ms=80 if kind == LATE else 0), stack)
    assert await fault.seen(stack) is None
    felt = await fault.inject(stack)
    assert felt.evidence.startswith("upstream ")
    assert felt.began <= felt.seen
    assert (await fault.heal(stack)).evidence == "upstream answers well"
    assert await fault.seen(stack) is None


async def test_one_kind_is_not_taken_for_another(stack: Harmable) -> None:
    silent, failing = aimed(Misbehave(kind="hang"), stack), aimed(Misbehave(kind="status"), stack)
    await failing.inject(stack)
    assert await silent.seen(stack) is None
    await failing.heal(stack)


async def test_another_s_service_cannot_be_told() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stack = cast(Harmable, Stack(f"http://127.0.0.1:{port}"))
        with pytest.raises(NotFelt, match=r"only the harness's own service can: .*404"):
            await aimed(Misbehave(kind="status"), stack).inject(stack)


def test_the_seed_is_drawn_where_it_matters(stack: Harmable) -> None:
    assert aimed(Misbehave(kind="status"), stack).seed == 0
    shared = Misbehave(kind="status", share=0.5)
    assert aimed(shared, stack).seed == aimed(shared, stack).seed != 0


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"kind": "odd"}, "a service cannot misbehave as 'odd' says"),
        ({"kind": "status", "share": 0}, "a share of 0 of the calls cannot be harmed"),
        ({"kind": "status", "share": 1.1}, "a share of 1.1 of the calls cannot be harmed"),
        ({"kind": "late"}, "answers cannot be 0 ms late"),
        ({"kind": "late", "latency_ms": 60_001}, "answers cannot be 60001 ms late"),
        ({"kind": "hang", "latency_ms": 5}, "latency_ms says nothing of 'hang'"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Misbehave(**parameters)


def test_it_describes_itself() -> None:
    late = Misbehave(kind="late", share=0.25, latency_ms=300)
    assert late.describe() == "upstream answers late (300 ms) for 25% of the calls"
    assert late.undo() == "let upstream answer well again"
