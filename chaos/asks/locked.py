"""A table is locked, as a migration does it that did not look at the clock: who waits for it, for how long, and what of
all that needs another table?
"""

import asyncio

from chaos.pooling import timed
from harness.clock import nanoseconds, now
from harness.errors import InconclusiveError
from harness.prober import Prober

HELD_S = 20.0
"""Long enough that those who came first have given up, and more than as many have come after them."""

EVERY_S = 0.25
ELSEWHERE = "/users/me"
POSTS = 20
"""Written before the load is looked at: without any, readers open none, and the feed of nothing is in the cache."""

FEWEST = 5
"""So many queries wait at once where anything does. Fewer, and nobody needed the table: that shows nothing."""

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


async def write_posts(prober: Prober) -> None:
    headers = (await prober.register()).headers
    for number in range(POSTS):
        (await prober.http.post("/posts", json={"body": f"Post {number}"}, headers=headers)).raise_for_status()


async def ask_elsewhere(prober: Prober) -> None:
    """What another table answers, and how many queries wait for the lock meanwhile."""
    headers = (await prober.register()).headers
    end, most = now() + nanoseconds(HELD_S), 0
    while now() < end:
        answer = await timed(prober.http.get(ELSEWHERE, headers=headers))
        prober.saw("elsewhere-status", ELSEWHERE, answer.status)
        prober.saw("elsewhere", ELSEWHERE, round(answer.seconds, 3), unit="s")
        most = max(most, int((await prober.sql(WAITING))[0][0]))
        await asyncio.sleep(EVERY_S)
    if most < FEWEST:
        raise InconclusiveError(f"only {most} queries waited for the lock: too few needed the table to tell anything")
    prober.saw("waiting-for-the-lock", f"in {HELD_S:g} s", most, unit="queries")
