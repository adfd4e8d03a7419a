"""The key that takes most of the reads expires while the database is slow, and once more while it cannot answer at all:
each instance computes it once, and what failed is not kept.
"""

from chaos.asks.hot_keys import READERS, ROUNDS, ask_afterwards, ask_at_expiry, ask_while_locked, publish
from chaos.faults.lock_table import LockTable
from chaos.faults.slow import Slow
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Hop, Role

INSTANCES = 3
QUERY_S = 5.0
MARGIN_S = 3.0
"""For a query to be cancelled, and two noisy cores."""

DRILL = Drill(
    title="The key that nearly everybody reads expires: each instance computes it once, and keeps no failure",
    loads=(Load(scenario="skim", rate=40),),
    timeline=(
        warm_up(2),
        Phase(name="published", seconds=20, ask=publish),
        baseline(5),
        Phase(name="slow", seconds=40, fault=Slow(Hop.POOL_DB, latency_ms=100), ask=ask_at_expiry),
        Phase(name="locked", seconds=30, fault=LockTable(table="posts"), ask=ask_while_locked),
        Phase(name="afterwards", seconds=20, ask=ask_afterwards),
        recovery(5),
    ),
    # While the table is locked nobody can be served what is not cached.
    abort=Abort(errors_percent=100),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "slow", "recovery")),
        Observed(of="read-status", equals=200, cases=ROUNDS * READERS),
        Observed(of="recomputations", at_most=INSTANCES, cases=ROUNDS),
        Observed(of="recomputations", at_least=1, cases=ROUNDS),
        Observed(of="waiting-at-once", at_most=INSTANCES),
        Observed(of="failed-status", equals=503, cases=READERS),
        Observed(of="failed-after", at_most=QUERY_S + MARGIN_S, cases=READERS),
        Observed(of="read-after-failure", equals=200, cases=READERS),
        Observed(of="posts-after-failure", at_least=1, cases=READERS),
    ),
    claims=("PERF-CACHE",),
    needs=(Role.CACHE, Role.POOL, Role.DB),
    profile=Profile.FULL,
)
