"""A table is locked, as a migration does it that did not look at the clock: who waits for it, for how long, and what of
all that needs another table?
"""

import asyncio

from chaos.pooling import timed
from harness.clock import nanoseconds, now
from harness.prober import Prober

HELD_S = 20.0
"""Long enough that those who came first have given up, and more than as many have come after them."""

EVERY_S = 0.25
ELSEWHERE = "/users/me"
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


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
    prober.saw("waiting-for-the-lock", f"in {HELD_S:g} s", most, unit="queries")
