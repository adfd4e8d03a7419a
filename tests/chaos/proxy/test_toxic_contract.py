"""The contract that every toxic keeps, tried with the EXAMPLE of each toxic's file, in both directions."""

import asyncio
import importlib
import random
from pathlib import Path

import msgspec
import pytest

from chaos.proxy import toxics
from chaos.proxy.applied import Applied, types
from chaos.proxy.toxic import Stream, Toxic, Waiting
from tests.chaos.proxy.peers import PATIENCE_S, SOON_S, Control, Pair, Received, Through, through

EXAMPLES: dict[str, Toxic] = {kind: importlib.import_module(f"{toxics.__name__}.{kind}").EXAMPLE for kind in types()}
FELT_WITHIN_S = 3.0
"""Less than what any example delays by itself: what arrives by then was let go."""

LITTLE = random.Random(1).randbytes(20_000)
MUCH = random.Random(2).randbytes(3_000_000)


def ends(example: Toxic) -> bool:
    """Whether connections do not survive it."""
    fate = example.fate()
    first = Waiting(size=len(LITTLE), arrived=0, last=0, passed=0, draw=random.Random(1))
    return example.portion(first).then is not None or (fate is not None and fate.after_s < FELT_WITHIN_S)


ENDING = {kind for kind, example in EXAMPLES.items() if ends(example)}

each_toxic = pytest.mark.parametrize("kind", EXAMPLES)
each_way = pytest.mark.parametrize("stream", list(Stream))


def applied(kind: str, **more: object) -> dict[str, object]:
    return {"type": kind, "attributes": msgspec.to_builtins(EXAMPLES[kind]), **more}


async def sent_little(pair: Pair, stream: Stream) -> Received:
    source, sink = pair.along(stream)
    await source.send(LITTLE, fin=True)
    return Received(sink)


async def is_harmed(received: Received) -> bool:
    return not await received.over(SOON_S) or received.reset or received.data != LITTLE


async def is_unharmed(pair: Pair, stream: Stream) -> bool:
    received = await sent_little(pair, stream)
    return await received.over(FELT_WITHIN_S) and received.data == LITTLE and not received.reset


def patience_s(kind: str) -> float:
    """With a connection, which may never be there where it ends at once."""
    return SOON_S if kind in ENDING else PATIENCE_S


def test_every_file_has_an_example_of_its_own_type() -> None:
    files = {file.stem for file in Path(toxics.__path__[0]).glob("[a-z]*.py")}
    assert files == set(EXAMPLES)
    assert {kind: type(example) for kind, example in EXAMPLES.items()} == types()


def test_the_smallest_is_small() -> None:
    assert min(len(file.read_text().splitlines()) for file in Path(toxics.__path__[0]).glob("[a-z]*.py")) < 30


@each_toxic
def test_what_is_misspelt_is_refused_and_named(kind: str, link: Through) -> None:
    body = applied(kind)
    body["attributes"]["latancy"] = 1  # type: ignore[index]
    said = link.control.ask("POST", "/proxies/link/toxics", body, status=400)
    assert "latancy" in said["error"]
    assert link.control.ask("GET", "/proxies/link/toxics") == []


@each_toxic
@each_way
async def test_it_is_felt_on_open_and_new_connections_and_gone_at_once(
    kind: str, stream: Stream, link: Through
) -> None:
    opened = await link.pair()
    await opened.client.send(b"?")
    assert await opened.server.reader.readexactly(1) == b"?"
    name = link.control.add("link", kind, stream, msgspec.to_builtins(EXAMPLES[kind]))
    arriving = []
    for is_new in (False, True):
        try:
            pair = await asyncio.wait_for(link.pair(), patience_s(kind)) if is_new else opened
            arriving.append(await sent_little(pair, stream))
        except (OSError, TimeoutError):
            assert kind in ENDING  # before it began
    assert all(await asyncio.gather(*(is_harmed(received) for received in arriving)))
    link.control.remove("link", name)
    for received in arriving:
        # Nothing of what waited is lost, and what an ended connection delivered was the beginning of it.
        assert await received.over(FELT_WITHIN_S)
        assert bytes(received.data) == LITTLE[: len(received.data)]
        assert len(received.data) == len(LITTLE) or kind in ENDING
    assert await is_unharmed(await link.pair(), stream)


@each_toxic
@each_way
async def test_a_share_of_nobody_harms_nobody(kind: str, stream: Stream, link: Through) -> None:
    opened = await link.pair()
    link.control.add("link", kind, stream, msgspec.to_builtins(EXAMPLES[kind]), toxicity=0)
    pairs = [opened, *[await link.pair() for _ in range(5)]]
    assert all(await asyncio.gather(*(is_unharmed(pair, stream) for pair in pairs)))


@each_toxic
@each_way
async def test_no_byte_is_lost_doubled_or_swapped_while_it_comes_and_goes(
    kind: str, stream: Stream, link: Through
) -> None:
    pair = await link.pair()
    source, sink = pair.along(stream)
    received = Received(sink)

    async def send() -> None:
        for start in range(0, len(MUCH), 30_000):
            await source.send(MUCH[start : start + 30_000])
            await asyncio.sleep(0.002)
        await source.send(b"", fin=True)

    sending = asyncio.create_task(send())
    while not sending.done():
        name = link.control.add("link", kind, stream, msgspec.to_builtins(EXAMPLES[kind]))
        await asyncio.sleep(0.01)
        link.control.remove("link", name)
        await asyncio.sleep(0.01)
    assert sending.exception() is None or kind in ENDING
    assert await received.over(PATIENCE_S)
    assert bytes(received.data) == MUCH[: len(received.data)]
    assert len(received.data) == len(MUCH) or kind in ENDING


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind not in ENDING])
async def test_a_change_is_felt_by_what_waits_already_and_neighbours_stay_in_line(kind: str, link: Through) -> None:
    pair = await link.pair()
    link.control.add("link", "latency", "upstream", {"latency": 1}, name="before")
    name = link.control.add("link", kind, "upstream", msgspec.to_builtins(EXAMPLES[kind]))
    link.control.add("link", "slicer", "upstream", {"average_size": 1000}, name="after")
    received = await sent_little(pair, Stream.UPSTREAM)
    assert await is_harmed(received)
    changed = link.control.ask("POST", f"/proxies/link/toxics/{name}", {"toxicity": 0})
    assert changed["toxicity"] == 0
    assert link.control.connections("link")[0]["toxics"] == ["before", "after"]
    assert await received.over(FELT_WITHIN_S)
    assert received.data == LITTLE
    pair = await link.pair()
    link.control.ask("POST", f"/proxies/link/toxics/{name}", {"toxicity": 1})
    assert link.control.connections("link")[-1]["toxics"] == ["before", name, "after"]


@each_toxic
async def test_a_proxy_is_made_with_it_and_no_connection_escapes(kind: str, control: Control) -> None:
    async with through(control, "atomic", toxics=[applied(kind, stream="upstream")]) as link:
        try:
            client = await link.client()
            if kind not in ENDING:
                assert control.connections("atomic")[0]["toxics"] == [f"{kind}_upstream"]
            await client.send(LITTLE, fin=True)
            pair = await asyncio.wait_for(link.pair(), patience_s(kind))
        except (OSError, TimeoutError):
            assert kind in ENDING
        else:
            assert await is_harmed(Received(pair.server))


@each_toxic
def test_the_same_seed_harms_the_same_connections(kind: str) -> None:
    def harmed(seed: int) -> list[int]:
        one = Applied(name=kind, type=kind, stream=Stream.UPSTREAM, toxicity=0.3, attributes=EXAMPLES[kind], seed=seed)
        return [number for number in range(2000) if one.meets(number)]

    assert harmed(7) == harmed(7) != harmed(8)
    assert 0.25 < len(harmed(7)) / 2000 < 0.35
