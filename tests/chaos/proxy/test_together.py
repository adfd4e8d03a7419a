"""Toxics one behind the other, and ends that come while others wait."""

import asyncio
import random
import socket

from chaos.proxy.applied import Applied
from chaos.proxy.link import MOST_CHUNKS, Ends, Link
from chaos.proxy.toxic import Stream
from chaos.proxy.toxics.hang import Hang
from tests.chaos.proxy.peers import Pair, Received, Through, until

MUCH = random.Random(4).randbytes(8_000_000)
SOME_TRIES = 50


async def until_upstream_is_broken(link: Through, pair: Pair) -> None:
    """The client sends to a server that is gone, until the proxy knows."""
    for sent in range(1, SOME_TRIES):
        await pair.client.send(b"x")
        await asyncio.sleep(0.02)
        if link.control.connections("link")[0]["upstream_bytes"] < sent:
            return
    raise AssertionError("the proxy never noticed")


async def test_what_is_let_go_passes_no_toxic_that_goes_as_well(link: Through) -> None:
    pair = await link.pair()
    link.control.add("link", "hang", "upstream", {})
    link.control.add("link", "limit_data", "upstream", {"bytes": 10})
    received = Received(pair.server)
    await pair.client.send(b"x" * 1000, fin=True)
    await until(lambda: link.control.connections("link")[0]["held_bytes"] == 1000, "all of it waits")
    link.control.ask("POST", "/reset")
    assert await received.over()
    assert (received.reset, bytes(received.data)) == (False, b"x" * 1000)


async def test_after_a_limit_nothing_more_comes_even_if_the_limit_goes(link: Through) -> None:
    pair = await link.pair()
    limit = link.control.add("link", "limit_data", "upstream", {"bytes": 10})
    link.control.add("link", "hang", "upstream", {})
    received = Received(pair.server)
    await pair.client.send(b"x" * 20)
    await until(lambda: link.control.connections("link")[0]["held_bytes"] > 0, "it came")
    link.control.remove("link", limit)
    await pair.client.send(b"y" * 20)
    assert [link.control.connections("link")[0]["held_bytes"] for _ in range(5)] == [20] * 5
    link.control.ask("POST", "/reset")
    assert await received.over()
    assert bytes(received.data) == b"x" * 10


async def test_other_attributes_hold_for_what_waits(link: Through) -> None:
    pair = await link.pair()
    name = link.control.add("link", "latency", "upstream", {"latency": 3_000_000})
    received = Received(pair.server)
    await pair.client.send(b"late")
    await until(lambda: link.control.connections("link")[0]["held_bytes"] == 4, "it waits")
    link.control.ask("POST", f"/proxies/link/toxics/{name}", {"attributes": {"latency": 1}})
    await until(lambda: received.data == b"late", "it arrived")
    link.control.ask("POST", f"/proxies/link/toxics/{name}", {"attributes": {"latency": 3_000_000}})
    await pair.client.send(b"", fin=True)
    assert not await received.over(0.1)
    link.control.ask("POST", f"/proxies/link/toxics/{name}", {"attributes": {"latency": 1}})
    assert await received.over()


async def test_who_goes_on_writing_after_the_other_end_closed_is_reset(link: Through) -> None:
    pair = await link.pair()
    received = Received(pair.client)
    await pair.server.close()
    assert await received.over()
    assert not received.reset
    for _ in range(SOME_TRIES):
        try:
            await pair.client.send(b"x")
        except ConnectionError:
            break
        await asyncio.sleep(0.02)
    assert pair.client.writer.is_closing()
    await until(lambda: link.control.connections("link") == [], "the connection is gone at the proxy too")


async def test_a_reset_overtakes_a_fin_that_waits(link: Through) -> None:
    """The server closed, and that waits; then the client writes, and the server's machine answers with a reset."""
    pair = await link.pair()
    link.control.add("link", "slicer", "downstream", {"average_size": 1000})
    link.control.add("link", "hang", "downstream", {})
    received = Received(pair.client)
    await pair.server.close()
    await until_upstream_is_broken(link, pair)
    assert not await received.over(0.05)
    link.control.ask("POST", "/reset")
    assert await received.over()
    assert received.reset


async def test_a_reset_is_one_even_where_it_was_noticed_by_writing(link: Through) -> None:
    """While so much waits that nothing is read, only a write finds out; what had arrived before is still delivered."""
    pair = await link.pair()
    link.control.add("link", "hang", "downstream", {})
    received = Received(pair.client)
    pair.server.writer.write(MUCH)
    await until(lambda: link.control.connections("link")[0]["held_bytes"] >= 1 << 20, "the proxy holds its most")
    pair.server.reset()
    await until_upstream_is_broken(link, pair)
    link.control.ask("POST", "/reset")
    assert await received.over()
    assert received.reset
    assert bytes(received.data) == MUCH[: len(received.data)]


async def test_small_reads_are_counted_too() -> None:
    """Each chunk costs more than its bytes: a million of single bytes would be hundreds of megabytes."""
    sender, source = socket.socketpair()
    sink, receiver = socket.socketpair()
    with sender, source, sink, receiver:
        for one in (sender, source, sink):
            one.setblocking(False)
        happened: list[object] = []
        link = Link(Stream.UPSTREAM, 1, ended=happened.append, broken=happened.append)
        hang = Applied(name="hang", type="hang", stream=Stream.UPSTREAM, toxicity=1, attributes=Hang())
        link.feel([hang])
        link.open(Ends(source, sink))
        for _ in range(MOST_CHUNKS + 100):
            sender.send(b"x")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert MOST_CHUNKS - 50 < link.held <= MOST_CHUNKS
        assert happened == []
        link.stop()
