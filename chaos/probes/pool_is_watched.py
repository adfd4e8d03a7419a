"""What PgBouncer says of itself is sampled while clients are served: SHOW POOLS, CLIENTS, SERVERS and STATS."""

import asyncio

from harness.checks.observed import Observed
from harness.checks.sampled import Sampled
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

SECONDS = 4.0
READS = 40

POOLS = ("clients_active", "clients_waiting", "servers_active", "servers_idle", "maxwait_ms")
CLIENTS = ("clients",)
SERVERS = ("servers",)
STATS = ("transactions_total", "queries_total", "received_bytes_total", "sent_bytes_total")


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    # Spread over several readings of the sampler, each read past the cache.
    for number in range(READS):
        answer = await prober.http.get("/posts/1", headers=ada.headers)
        prober.saw("read-status", f"read {number + 1}", answer.status_code)
        await asyncio.sleep(SECONDS / READS)


PROBE = probe(
    title="PgBouncer's own figures are sampled while it serves",
    ask=ask,
    expect=(
        Observed(of="read-status", equals=404, cases=READS),
        Sampled(role="pool", metrics=(*POOLS, *CLIENTS, *SERVERS, *STATS)),
    ),
    claims=("DB-PGB-MON",),
    needs=(Role.POOL,),
)
