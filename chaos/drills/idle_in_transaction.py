"""All of PgBouncer's usual server connections are held by transactions in which nothing happens: after the reserve's
time-out it opens the reserve, and the service goes on with that.
"""

from chaos.asks.held_pool import after, before, during
from chaos.faults.idle_in_transaction import IdleInTransaction
from chaos.pooling import PATIENCE_S, QUIET_S
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.observed import Observed
from harness.checks.pool_bounds import PoolBounds
from harness.drill import Drill, Phase, Profile, fault
from harness.stack import Role

HELD = 25
RESERVE_TIMEOUT_S = 5.0
QUERY_WAIT_S = 5.0
MARGIN_S = 3.0
"""For PgBouncer's maintenance, which looks at its queues a few times a second, and for the balancer, which puts the
instances back.
"""

DRILL = Drill(
    title="25 transactions are held open and idle, and PgBouncer's reserve serves in their place",
    timeline=(
        Phase(name="baseline", seconds=QUIET_S, ask=before),
        fault(IdleInTransaction(clients=HELD), PATIENCE_S, ask=during),
        Phase(name="recovery", seconds=QUIET_S, ask=after),
    ),
    expect=(
        Observed(of="baseline", at_most=0),
        Observed(of="without-an-answer", at_most=RESERVE_TIMEOUT_S + MARGIN_S),
        Observed(of="without-an-answer-longest-wait", at_most=QUERY_WAIT_S + MARGIN_S),
        Observed(of="recovery", at_most=1),
        PoolBounds(servers=30, connections=40, clients=HELD),
        BackAtBaseline(role="db", metrics=("active", "idle_in_transaction"), margin=3),
        BackAtBaseline(role="pool", metrics=("clients", "clients_waiting"), margin=6),
    ),
    claims=("DB-POOL", "DB-PGBOUNCER"),
    needs=(Role.APP, Role.LB, Role.POOL, Role.DB),
    profile=Profile.FULL,
)
