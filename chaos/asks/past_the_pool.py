"""What the database says to a connection past the pool."""

import asyncio

from chaos.by_companion import direct_url, refusal
from harness.prober import Prober
from harness.stack import Role

ASKED = 8
EVERY_S = 1.0


async def ask_for_a_connection(prober: Prober) -> None:
    (database,) = prober.stack.members(Role.DB)
    url = direct_url(prober.inside, database)
    for number in range(ASKED):
        prober.saw(
            "refused-with", f"connection {number + 1} past the pool", await refusal(url) or "nothing: it is open"
        )
        await asyncio.sleep(EVERY_S)
