"""PgBouncer has as many clients as it may have, all of them ask at once, and a few server connections serve them; one
client more is told clearly, and the instances go on over the connections that they have.
"""

from chaos.asks.many_clients import QUIET_READS, READS, ROUNDS, during, quiet
from chaos.faults.fill_clients import FillClients
from chaos.pooling import PATIENCE_S, QUIET_S
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.observed import Observed
from harness.checks.pool_bounds import PoolBounds
from harness.drill import Drill, Phase, Profile, fault
from harness.stack import Role

CLIENTS = 900
"""At least so many of the 1,000 are there for the fault: the rest are the instances' own."""

QUERY_S = 0.02
REFUSED = "no more connections allowed (max_client_conn)"

DRILL = Drill(
    title="1,000 clients on at most 50 server connections, and one more",
    timeline=(
        Phase(name="baseline", seconds=QUIET_S, ask=quiet),
        fault(FillClients(query_s=QUERY_S), PATIENCE_S, ask=during),
        Phase(name="recovery", seconds=QUIET_S, ask=quiet),
    ),
    expect=(
        Observed(of="clients", at_least=CLIENTS, cases=ROUNDS),
        Observed(of="served", equals=100, cases=ROUNDS),
        # 25 at a time: 0.8 s and what a loaded machine adds.
        Observed(of="served-within", at_most=5, cases=ROUNDS),
        Observed(of="one-more", equals=REFUSED, cases=READS),
        Observed(of="read-status", equals=404, cases=READS),
        Observed(of="read", at_most=4, cases=READS),
        Observed(of="quiet-status", equals=404, cases=2 * QUIET_READS),
        PoolBounds(servers=50, connections=60, clients=CLIENTS),
        BackAtBaseline(role="pool", metrics=("clients", "clients_waiting"), margin=6),
    ),
    claims=("DB-PGBOUNCER",),
    needs=(Role.APP, Role.POOL, Role.DB),
    profile=Profile.STANDARD,
)
