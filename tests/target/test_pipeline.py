"""The one connection to Redis: what is asked together travels together, and every failure is a value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from target.redis.address import RedisAddress
from target.redis.pipeline import Ask, Connection, Disconnected, Pipeline
from tests.target.wire import Wire, wire_to

pytestmark = pytest.mark.asyncio


class Line:
    """A pipeline, with what it told its owner."""

    def __init__(self, url: str) -> None:
        self.lost: list[Exception] = []
        self.prepared = 0
        self.pipeline = Pipeline(RedisAddress.parse(url), self._prepare, self.lost.append)

    async def _prepare(self, ask: Ask) -> None:
        self.prepared += 1
        await ask([("PING",)])


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[Line, Wire]]:
    async with wire_to(url) as wire:
        line = Line(wire.url)
        try:
            yield line, wire
        finally:
            await line.pipeline.close()


async def test_what_is_asked_in_one_turn_is_one_write_with_answers_in_order(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushes = 0
    flush = Connection._flush

    def counted(self: Connection) -> None:
        nonlocal flushes
        flushes += 1
        flush(self)

    async with line_to(redis_url) as (line, _):
        await line.pipeline.send(("PING",))
        monkeypatch.setattr(Connection, "_flush", counted)

        async def one(number: int) -> list[bytes]:
            answers = [line.pipeline.send(("ECHO", f"{number}.{part}")) for part in range(3)]
            return [await answer for answer in answers]

        answers = await asyncio.gather(*(one(number) for number in range(50)))
        assert answers == [[f"{number}.{part}".encode() for part in range(3)] for number in range(50)]
        assert flushes == 1
        assert line.prepared == 1


async def test_commands_wait_for_the_preparation_of_a_new_connection(redis_url: str) -> None:
    async with wire_to(redis_url) as wire:

        async def prepare(ask: Ask) -> None:
            await ask([("SET", "pipeline:prepared", "yes")])

        pipeline = Pipeline(RedisAddress.parse(wire.url), prepare, lambda _: None)
        assert await pipeline.send(("GET", "pipeline:prepared")) == b"yes"
        await pipeline.send(("DEL", "pipeline:prepared"))
        await pipeline.close()


async def test_one_who_leaves_does_not_take_the_next_ones_answer(redis_url: str) -> None:
    async with line_to(redis_url) as (line, _):
        await line.pipeline.send(("PING",))
        leaving, staying = line.pipeline.send(("ECHO", "a")), line.pipeline.send(("ECHO", "b"))
        leaving.cancel()
        assert await staying == b"b"


async def test_no_answer_costs_everybody_together_one_time_out(redis_url: str) -> None:
    async with line_to(redis_url) as (line, wire):
        await line.pipeline.send(("PING",))
        wire.stall()
        loop = asyncio.get_running_loop()
        began = loop.time()
        replies = await asyncio.gather(*(line.pipeline.send(("PING",)) for _ in range(20)))
        assert all(isinstance(reply, Disconnected) for reply in replies)
        assert loop.time() - began < 0.6
        assert len(line.lost) == 1
        await wire.mend()
        # On a connection of its own, so that the late answers meet nobody.
        assert (await line.pipeline.send(("ECHO", "again"))) == b"again"
        assert line.prepared == 2


async def test_a_process_that_stood_still_finds_the_answers_in_its_socket(redis_url: str) -> None:
    async with line_to(redis_url) as (line, _):
        await line.pipeline.send(("PING",))
        answer = line.pipeline.send(("ECHO", "there"))
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.4
        while loop.time() < until:
            pass
        assert await answer == b"there"
        assert line.lost == []


async def test_nobody_there_is_a_value_too() -> None:
    line = Line("redis://127.0.0.1:1")
    replies = [line.pipeline.send(("PING",)) for _ in range(2)]
    assert [isinstance(await reply, OSError) for reply in replies] == [True, True]
    assert len(line.lost) == 1


async def test_an_idle_connection_that_redis_ends_is_no_failure(redis_url: str) -> None:
    async with line_to(redis_url) as (line, wire):
        connection_id = await line.pipeline.send(("CLIENT", "ID"))
        await wire.cut()
        await wire.mend()
        assert await line.pipeline.send(("CLIENT", "ID")) != connection_id
        assert line.lost == []


async def test_what_is_not_redis_is_found_out() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        line = Line(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert isinstance(await line.pipeline.send(("PING",)), Disconnected)
        await line.pipeline.close()


@pytest.mark.parametrize(
    ("url", "greeting"),
    [
        ("redis://cache", []),
        ("redis://:pass%20word@cache:6380/2", [("AUTH", "pass word"), ("SELECT", 2)]),
        ("redis://ada:secret@cache", [("AUTH", "ada", "secret")]),
        ("unix:///run/redis.sock?db=3", [("SELECT", 3)]),
        ("rediss://cache?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required", []),
    ],
)
async def test_an_address_says_how_to_begin(url: str, greeting: Iterable[tuple[str | int, ...]]) -> None:
    address = RedisAddress.parse(url)
    assert address.greeting() == greeting
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    "url",
    ["http://cache", "redis://a,b", "redis://a:99999", "redis://a/one", "redis://a?ssl_cert_reqs=none", "redis://[a"],
)
async def test_a_bad_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|names|does|has)") as refusal:
        RedisAddress.parse(url)
    assert url not in str(refusal.value)
