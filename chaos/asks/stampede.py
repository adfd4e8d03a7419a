"""What is hot is asked for by many at once, at the moment when the cache has lost it: how often is it computed?"""

import asyncio
from collections.abc import Callable

import httpx

from chaos.faults.flush import Flush
from harness.prober import Prober
from harness.stack import Harmable, Role

ROUNDS = 5
READERS = 60
PAGE = 100
"""As large as pages get: the longer it takes to compute, the more come meanwhile."""

QUERY = 'db_query_duration_seconds_count{query="feed_newest"}'


async def ask_for_what_is_hot(prober: Prober) -> None:
    """How often the database was asked for the feed, each time when it was lost and many asked at once."""
    assert isinstance(prober.stack, Harmable)
    flush = Flush(Role.CACHE)
    reader = await prober.register()
    url = f"{prober.url}/feed?limit={PAGE}"
    clients = [prober.client() for _ in range(READERS)]
    try:
        # Connections first, so that all arrive together.
        await asyncio.gather(*(client.get(url, headers=reader.headers) for client in clients))
        for number in range(1, ROUNDS + 1):
            before = await computed(prober)
            # Again and again, as once is luck; and there is nothing to undo.
            await flush.inject(prober.stack)
            answers = await asyncio.gather(*(client.get(url, headers=reader.headers) for client in clients))
            times = await computed(prober) - before
            for status in (answer.status_code for answer in answers):
                prober.saw("read-after-flush", f"one of {READERS} at once", status)
            detail = f"by {len(prober.inside.members(Role.APP))} instances, for {READERS} readers at once"
            prober.saw("recomputations", f"flush {number}", times, unit="queries", detail=detail)
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))


async def computed(prober: Prober) -> int:
    """How often the instances have asked the database for the newest posts, in all."""
    return await counted(prober, lambda line: line.startswith(QUERY))


async def counted(prober: Prober, counts: Callable[[str], bool]) -> int:
    """What the instances have counted since they started, in all: the sum of those lines of their metrics."""
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        addresses = [f"{prober.instance_url(member)}/metrics" for member in prober.inside.members(Role.APP)]
        answers = await asyncio.gather(*map(client.get, addresses))
    # What does not tell has not counted nothing.
    pages = [answer.raise_for_status().text for answer in answers]
    lines = (line for page in pages for line in page.splitlines() if counts(line))
    return round(sum(float(line.rpartition(" ")[2]) for line in lines))
