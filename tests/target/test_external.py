"""How a service that is not ours is called, against one that answers whatever a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from msgspec import Struct

from target.external.breaker import FEWEST_CALLS, Breaker, State
from target.external.service import ExternalError, ExternalRefusal, ExternalService, Policy
from target.observability.metrics import Metrics

pytestmark = pytest.mark.asyncio

POLICY = Policy(timeout_s=2.0, tries=3, interval_s=0.0)


class Given(Struct, frozen=True):
    id: str


class Answering:
    """A server that gives one answer to everything, and counts how often."""

    def __init__(self, status: int, body: bytes = b'{"id": "1"}', headers: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        self._answer = head.encode() + body
        self.asked = 0

    @asynccontextmanager
    async def called(self) -> AsyncIterator[tuple[ExternalService, Breaker]]:
        """A service of ours that calls it, with its breaker."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        breaker = Breaker("ai", 50, 30, lambda _: None)
        service = ExternalService("ai", f"http://127.0.0.1:{port}", POLICY, breaker, Metrics())
        async with server:
            yield service, breaker
            await service.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._answer)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_a_refusal_is_no_answer_and_not_asked_again(status: int) -> None:
    refusing = Answering(status)
    async with refusing.called() as (service, _):
        with pytest.raises(ExternalRefusal):
            await service.call("/v1/caption", {}, Given, "a-key")
    assert refusing.asked == 1


async def test_refused_questions_do_not_open_the_breaker() -> None:
    async with Answering(422).called() as (service, breaker):
        for _ in range(2 * FEWEST_CALLS):
            with pytest.raises(ExternalRefusal):
                await service.call("/v1/caption", {}, Given)
        assert breaker.state is State.CLOSED


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
async def test_other_errors_are_tried_again(status: int) -> None:
    failing = Answering(status, headers="Location: /elsewhere\r\n")
    async with failing.called() as (service, _):
        with pytest.raises(ExternalError, match=f"status {status}"):
            await service.call("/v1/caption", {}, Given, "a-key")
    assert failing.asked == POLICY.tries


async def test_an_answer_has_a_largest_size() -> None:
    async with Answering(200, b'{"id": "' + b"x" * 2_000_000 + b'"}').called() as (service, _):
        with pytest.raises(ExternalError, match="more than"):
            await service.call("/v1/caption", {}, Given)
