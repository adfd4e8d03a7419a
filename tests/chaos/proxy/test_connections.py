"""What a connection through the proxy keeps of a direct one: every byte, both ends, resets, and a reader's pace."""

import asyncio
import random

import pytest

from chaos.proxy.link import MOST_HELD
from tests.chaos.proxy.peers import (
    PATIENCE_S,
    SOON_S,
    Control,
    Received,
    Through,
    child,
    proxy_process,
    resets,
    through,
    until,
)

MUCH = random.Random(3).randbytes(8_000_000)
KERNEL_HOLDS = 64_000_000
"""More than the four socket buffers of a connection take."""

each_way = pytest.mark.parametrize("stream", ["upstream", "downstream"])


async def test_bytes_arrive_whole_both_ways_at_once(link: Through) -> None:
    pair = await link.pair()
    arrived = [Received(pair.server), Received(pair.client)]
    await asyncio.gather(pair.client.send(MUCH, fin=True), pair.server.send(MUCH[::-1], fin=True))
    assert [await one.over() for one in arrived] == [True, True]
    assert [bytes(one.data) for one in arrived] == [MUCH, MUCH[::-1]]
    await until(lambda: link.control.connections("link") == [], "the connection is gone at the proxy too")


@each_way
async def test_one_direction_can_end_while_the_other_goes_on(stream: str, link: Through) -> None:
    source, sink = (await link.pair()).along(stream)
    asked = Received(sink)
    await source.send(b"the question", fin=True)
    assert await asked.over()
    assert (bytes(asked.data), asked.reset) == (b"the question", False)
    answered = Received(source)
    await sink.send(MUCH, fin=True)
    assert await answered.over()
    assert answered.data == MUCH


@each_way
async def test_a_reset_arrives_as_a_reset(stream: str, link: Through) -> None:
    source, sink = (await link.pair()).along(stream)
    received = Received(sink)
    await source.send(b"first this")
    await until(lambda: received.data == b"first this", "the bytes arrived")
    source.reset()
    assert await received.over()
    assert received.reset
    await until(lambda: link.control.connections("link") == [], "the connection is gone at the proxy too")


@each_way
async def test_whoever_writes_to_an_end_that_is_gone_is_told(stream: str, link: Through) -> None:
    source, sink = (await link.pair()).along(stream)
    received = Received(source)
    sink.reset()
    assert await received.over()
    assert received.reset
    await until(source.writer.is_closing, "the writer knows")


@each_way
@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (None, {}),
        ("hang", {}),
        ("latency", {"latency": 20}),
        ("slicer", {"average_size": 500}),
        ("bandwidth", {"rate": 5_000}),
    ],
)
async def test_a_slow_reader_slows_the_writer_and_memory_stays_bounded(
    stream: str, kind: str | None, attributes: object, control: Control, link: Through
) -> None:
    source, sink = (await link.pair()).along(stream)
    if kind:
        control.add("link", kind, stream, attributes)
    before = memory(control)
    # asyncio's reader buffers on its own, up to a bound; what counts is that the writer stands still.
    written = 0
    block = MUCH[:1_000_000]
    source.writer.transport.set_write_buffer_limits(0)
    try:
        while written < KERNEL_HOLDS:
            await asyncio.wait_for(source.send(block), SOON_S)
            written += len(block)
    except TimeoutError:
        written += len(block)  # it waits to be sent
    assert written < KERNEL_HOLDS
    # Two buffers of a read, at most, lie between.
    assert control.connections("link")[0]["held_bytes"] <= MOST_HELD + 2 * 256 * 1024
    assert memory(control) - before < 16_000_000
    control.ask("POST", "/reset")
    received = Received(sink)
    await source.send(b"", fin=True)
    assert await received.over()
    assert len(received.data) == written
    assert bytes(received.data) == block * (written // len(block))


def memory(control: Control) -> int:
    return int(control.process().memory_info().rss)


async def test_many_small_chunks_that_wait_take_no_more_memory(control: Control, link: Through) -> None:
    pair = await link.pair()
    control.add("link", "hang", "upstream", {})
    before = memory(control)
    received = Received(pair.server)
    for _ in range(20_000):
        await pair.client.send(b"x")
    await pair.client.send(b"", fin=True)
    assert memory(control) - before < 16_000_000
    control.ask("POST", "/reset")
    assert await received.over()
    assert received.data == b"x" * 20_000


SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
kept = []
while True:
    one, _ = server.accept()
    one.sendall(b"hello")
    kept.append(one)
"""


async def test_the_connections_of_a_killed_upstream_end_and_new_ones_are_reset(control: Control) -> None:
    with child(SERVER) as (server, port_of_server):
        upstream = f"127.0.0.1:{port_of_server}"
        listen = control.ask("POST", "/proxies", {"name": "killed", "upstream": upstream})["listen"]
        host, _, port = listen.rpartition(":")
        clients = [await asyncio.open_connection(host, int(port)) for _ in range(3)]
        for reader, _ in clients:
            assert await reader.readexactly(5) == b"hello"
        server.kill()
    for reader, writer in clients:
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()
        await writer.wait_closed()
    await until(lambda: control.connections("killed") == [], "the connections are gone at the proxy too")
    assert resets(int(port))
    control.ask("DELETE", "/proxies/killed")


async def test_down_refuses_new_connections_and_resets_open_ones_and_up_again_serves(link: Through) -> None:
    pairs = [await link.pair() for _ in range(3)]
    ends = [Received(end) for pair in pairs for end in pair]
    link.control.ask("POST", "/proxies/link", {"enabled": False})
    assert all(await asyncio.gather(*(end.over() for end in ends)))
    assert all(end.reset for end in ends)
    with pytest.raises(ConnectionRefusedError):
        await link.client()
    link.control.ask("POST", "/proxies/link", {"enabled": True})
    pair = await link.pair()
    await pair.client.send(b"again")
    assert await pair.server.reader.readexactly(5) == b"again"


async def test_a_closed_connection_has_delivered_what_it_let_by(link: Through) -> None:
    """Even where more is on its way in both directions: an unread byte would make the end a reset."""
    link.control.add("link", "limit_data", "downstream", {"bytes": 100_000})
    pair = await link.pair()
    received = Received(pair.client)
    sending = [asyncio.create_task(end.send(MUCH)) for end in pair]
    assert await received.over()
    assert (received.reset, bytes(received.data)) == (False, MUCH[:100_000])
    for task in sending:
        task.cancel()
    await asyncio.wait(sending)


async def test_a_timeout_closes_the_connection_in_time(link: Through) -> None:
    link.control.add("link", "timeout", "downstream", {"timeout": 300})
    pair = await link.pair()
    received = Received(pair.client)
    await pair.server.send(b"nobody hears this")
    assert not await received.over(0.1)
    assert await received.over()
    assert (received.reset, bytes(received.data)) == (False, b"")


async def test_a_reset_in_time_comes_to_a_connection_that_has_ended_one_way(link: Through) -> None:
    link.control.add("link", "reset_peer", "upstream", {"timeout": 300})
    pair = await link.pair()
    ends = [Received(pair.client), Received(pair.server)]
    await pair.client.send(b"the question", fin=True)
    assert await ends[1].over()
    assert (ends[1].reset, bytes(ends[1].data)) == (False, b"the question")
    assert await ends[0].over()
    assert ends[0].reset


async def test_latency_adds_up_over_toxics_and_directions(link: Through) -> None:
    pair = await link.pair()
    loop = asyncio.get_running_loop()

    async def round_trip() -> float:
        began = loop.time()
        await pair.client.send(b"ping")
        await pair.server.send(await pair.server.reader.readexactly(4))
        assert await pair.client.reader.readexactly(4) == b"ping"
        return loop.time() - began

    clean = min([await round_trip() for _ in range(5)])
    for number, stream in enumerate(["upstream", "downstream", "downstream"]):
        link.control.add("link", "latency", stream, {"latency": 100}, name=f"latency-{number}")
    late = min([await round_trip() for _ in range(3)])
    assert 0.3 <= late < 0.6 + clean


async def test_bandwidth_is_a_rate(link: Through) -> None:
    pair = await link.pair()
    link.control.add("link", "bandwidth", "upstream", {"rate": 1000})
    loop = asyncio.get_running_loop()
    received = Received(pair.server)
    began = loop.time()
    await pair.client.send(MUCH[:1_000_000], fin=True)
    assert await received.over()
    assert 0.95 <= loop.time() - began < 3


async def test_a_slicer_hands_over_slices(link: Through) -> None:
    pair = await link.pair()
    link.control.add("link", "slicer", "upstream", {"average_size": 10, "delay": 5_000})
    await pair.client.send(b"x" * 200)
    sizes: list[int] = []
    while sum(sizes) < 200:
        sizes.append(len(await asyncio.wait_for(pair.server.reader.read(1000), PATIENCE_S)))
    assert len(sizes) > 5


async def test_clients_that_come_and_go_leave_nothing(link: Through, control: Control) -> None:
    process = control.process()
    before = process.num_fds()
    for number in range(100):
        pair = await link.pair()
        first, second = pair.along("upstream" if number % 2 else "downstream")
        await first.close()
        assert await second.reader.read() == b""
        await second.close()
    await until(lambda: control.connections("link") == [], "all connections are gone")
    await until(lambda: process.num_fds() <= before, "their descriptors are closed")


async def test_sigterm_ends_it_at_once_whatever_hangs(tmp_path_factory: pytest.TempPathFactory) -> None:
    with proxy_process(tmp_path_factory.mktemp("ending") / "log") as (process, port):
        control = Control(port)
        async with through(control, "hung", toxics=[{"type": "hang"}]) as link:
            pairs = [await link.pair() for _ in range(5)]
            await pairs[0].server.send(b"held")
            process.terminate()
            assert await asyncio.to_thread(process.wait, 2) == 0
            ended = [Received(end) for pair in pairs for end in pair]
            assert all(await asyncio.gather(*(one.over() for one in ended)))
