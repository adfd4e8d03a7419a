"""As many clients as PgBouncer may have, one more, and the instances among them: what becomes of each."""

import asyncio

import msgspec

from chaos.by_companion import pooled_url, refusal
from chaos.companions.connections import Round
from chaos.faults.fill_clients import LOG
from chaos.polling import until
from chaos.pooling import PATIENCE_S, timed
from harness.prober import Prober

ROUNDS = 2
READS = 20
QUIET_READS = 3
STEADY_S = 2.5
PAGE = "/posts/1/page"
"""Read from the database: there is no such post."""


def rounds(prober: Prober) -> list[Round]:
    lines = prober.logs([LOG]).splitlines()
    return [msgspec.json.decode(line, type=Round) for line in lines if line.startswith("{")]


async def quiet(prober: Prober) -> None:
    """Long enough to be sampled."""
    for number in range(QUIET_READS):
        prober.saw("quiet-status", f"read {number + 1}", (await timed(prober.http.get(PAGE))).status)
        await asyncio.sleep(STEADY_S / QUIET_READS)


async def during(prober: Prober) -> None:
    url = pooled_url(prober.inside)
    for number in range(READS):
        answer = await timed(prober.http.get(PAGE))
        prober.saw("read-status", f"read {number + 1}", answer.status)
        prober.saw("read", f"read {number + 1}", answer.seconds, "s")
        prober.saw("one-more", f"client {number + 1}", await refusal(url) or "nothing: it is let in")
        await asyncio.sleep(STEADY_S / READS)

    async def all_were_asked() -> bool:
        return len(rounds(prober)) >= ROUNDS

    await until("the clients' being asked", all_were_asked, PATIENCE_S)
    for number, done in enumerate(rounds(prober)[:ROUNDS]):
        case = f"round {number + 1}"
        prober.saw("clients", case, done.connections)
        prober.saw("served", case, 100 * done.answered / done.connections, "%")
        prober.saw("served-within", case, done.seconds, "s")
