"""Every connection of every instance's pool waits for a lock: what else needs one is refused in time, what needs none
is served, and all of it is over with the lock.
"""

from chaos.asks.full_pools import (
    CONNECTIONS,
    INSTANCES,
    POOL_TIMEOUT_S,
    QUERY_S,
    REFUSED_EACH,
    TABLE,
    after,
    before,
    during,
    small_pools,
)
from chaos.faults.lock_table import LockTable
from chaos.pooling import PATIENCE_S, QUIET_S
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.drill import Drill, Phase, Profile, fault
from harness.stack import Role

MARGIN_S = 1.0

ALL = INSTANCES * CONNECTIONS

DRILL = Drill(
    title="Every instance's pool is exhausted by a lock: requests are refused in time, and others go on",
    timeline=(
        Phase(name="baseline", seconds=QUIET_S, ask=before),
        fault(LockTable(table=TABLE), PATIENCE_S, ask=during),
        Phase(name="recovery", seconds=QUIET_S, ask=after),
    ),
    expect=(
        Observed(of="usual-status", equals=200, cases=ALL),
        Observed(of="refused-status", equals=503, cases=INSTANCES * REFUSED_EACH),
        Observed(of="refused", at_most=POOL_TIMEOUT_S + MARGIN_S, cases=INSTANCES * REFUSED_EACH),
        Observed(of="retry-after", equals="1", cases=INSTANCES * REFUSED_EACH),
        Observed(of="cached-status", equals=200, cases=INSTANCES),
        Observed(of="cached", at_most=1.0, cases=INSTANCES),
        Observed(of="ready-status", equals=200, cases=INSTANCES),
        Observed(of="held-status", equals=503, cases=INSTANCES),
        Observed(of="held", at_most=QUERY_S + 1 + MARGIN_S, cases=INSTANCES),
        Observed(of="others-status", equals=200, cases=INSTANCES),
        Observed(of="others", at_most=1.0, cases=INSTANCES),
        Observed(of="recovered-status", equals=200, cases=ALL),
        Observed(of="recovered", at_most=1.0, cases=ALL),
        BackAtBaseline(role="pool", metrics=("clients", "clients_waiting"), margin=3),
        BackAtBaseline(role="db", metrics=("active", "idle_in_transaction", "waiting_for_lock"), margin=1),
        Doubted(
            of="guide-wait",
            at_most=1.0,
            claim="DB-POOL",
            instead="a pool_timeout near the latency objective, 1 to 5 s: who waits that long is not served in time"
            " anyway, and at 30 requests a second each second more of it is 30 more requests that wait",
        ),
    ),
    claims=("DB-POOL",),
    needs=(Role.APP, Role.POOL, Role.DB),
    on=small_pools,
    profile=Profile.STANDARD,
)
