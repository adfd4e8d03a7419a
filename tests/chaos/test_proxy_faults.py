"""The faults of a hop: on every hop, for a share of its connections, and two of them at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from chaos import questions
from chaos.by_proxy import ProxyFault
from chaos.faults.cut import Cut
from chaos.faults.hang import Hang
from chaos.faults.narrow import Narrow
from chaos.faults.reset import Reset
from chaos.faults.slice import Slice
from chaos.faults.slow import Slow
from harness.errors import UsageError
from harness.stack import Hop, Proxied
from tests.chaos.stacks import EMBEDDED, started
from tests.target.conftest import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHARE = 0.5


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxied]:
    async with started(EMBEDDED, tmp_path_factory.mktemp("hops")) as whole:
        assert isinstance(whole, Proxied)
        yield whole


async def answered(stack: Proxied, hop: Hop) -> None:
    """To PgBouncer's clients the loss of its servers is over when it logs in again: `server_login_retry` later."""

    async def asked() -> bool:
        return (await questions.long(stack, hop, 500, 5)).how is questions.How.ANSWERED

    await until(asked)


@pytest.mark.parametrize("hop", Hop)
@pytest.mark.parametrize(
    "kind",
    [
        Hang,
        Reset,
        lambda hop: Slow(hop, latency_ms=100),
        lambda hop: Cut(hop, after_bytes=200),
        lambda hop: Narrow(hop, kb_per_s=20),
        lambda hop: Slice(hop, size=50, delay_us=5_000),
    ],
    ids=["hang", "reset", "slow", "cut", "narrow", "slice"],
)
async def test_every_hop_can_be_harmed_and_is_whole_again(
    kind: Callable[[Hop], ProxyFault], hop: Hop, stack: Proxied
) -> None:
    fault = kind(hop)
    await answered(stack, hop)
    felt = await fault.inject(stack)
    assert hop.value in felt.evidence
    await fault.heal(stack)
    assert await fault.seen(stack) is None
    await answered(stack, hop)


async def test_a_share_of_the_connections_is_spared_and_the_same_ones_by_the_same_seed(stack: Proxied) -> None:
    fault = Hang(Hop.APP_CACHE, SHARE).aimed(stack, random.Random(1))
    assert fault == Hang(Hop.APP_CACHE, SHARE).aimed(stack, random.Random(1)) != Hang(Hop.APP_CACHE, SHARE)
    await fault.inject(stack)
    try:
        answers = await asyncio.gather(*(questions.short(stack, Hop.APP_CACHE, 0.5) for _ in range(40)))
    finally:
        await fault.heal(stack)
    silent = [answer for answer in answers if answer.how is questions.How.SILENT]
    assert 5 < len(silent) < 35


async def test_two_on_one_hop_are_undone_one_by_one(stack: Proxied) -> None:
    slow, cut = Slow(Hop.APP_UPSTREAM, latency_ms=100), Cut(Hop.APP_UPSTREAM, after_bytes=200)
    await slow.inject(stack)
    await cut.inject(stack)
    await cut.heal(stack)
    assert await cut.seen(stack) is None
    assert await slow.seen(stack) is not None
    await slow.heal(stack)
    assert await slow.seen(stack) is None


async def test_a_hop_without_a_proxy_cannot_be_aimed_at(tmp_path: Path, stack: Proxied) -> None:
    class Bare:
        def hops(self) -> tuple[Hop, ...]:
            return ()

        def __getattr__(self, name: str) -> object:
            return getattr(stack, name)

    with pytest.raises(UsageError, match="no proxy on app-cache"):
        Hang(Hop.APP_CACHE).aimed(Bare(), random.Random(1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Hang(Hop.APP_CACHE, 0),
        lambda: Hang(Hop.APP_CACHE, 1.5),
        lambda: Slow(Hop.APP_CACHE, latency_ms=0),
        lambda: Slow(Hop.APP_CACHE, latency_ms=10, jitter_ms=10),
        lambda: Cut(Hop.APP_CACHE, after_bytes=-1),
        lambda: Narrow(Hop.APP_CACHE, kb_per_s=0),
        lambda: Slice(Hop.APP_CACHE, size=0, delay_us=1),
        lambda: Slice(Hop.APP_CACHE, size=1, delay_us=0),
    ],
)
async def test_what_is_out_of_range_is_refused_when_it_is_made(bad: Callable[[], ProxyFault]) -> None:
    with pytest.raises(UsageError):
        bad()
