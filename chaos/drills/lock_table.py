from chaos.asks.locked import ask_elsewhere, write_posts
from chaos.faults.lock_table import LockTable
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.pool_bounds import PoolBounds
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.checks.unchanged import Unchanged
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery
from harness.stack import Role

WAIT = 25
"""About fourteen: two or three people a second need the table, for five seconds at most, and each instance the feed.
More than PgBouncer has connections wait only where nobody ends what was given up.
"""

DRILL = Drill(
    title="A migration locks a table under load: who needs it waits for seconds, the others not at all",
    loads=(Load(scenario="browse", rate=3), Load(scenario="skim", rate=10)),
    timeline=(
        Phase(name="warm-up", seconds=10, ask=write_posts),
        baseline(8),
        fault(LockTable(table="posts"), 40, ask=ask_elsewhere),
        recovery(8),
    ),
    # Nearly all that people do needs this table, where it is not in the cache.
    abort=Abort(errors_percent=100),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        # A query ends after five seconds, and is cancelled within another one.
        slo("http.longest < 8s", during="fault"),
        Observed(of="elsewhere-status", equals=200, cases=20),
        Observed(of="elsewhere", at_most=1, cases=20),
        Observed(of="waiting-for-the-lock", at_most=WAIT),
        Unchanged(by="lb"),
        PoolBounds(servers=30, connections=40),
        BackAtBaseline(role="db", metrics=("active", "waiting_for_lock"), margin=3),
        Recovered(within=5),
        NoWriteLost(),
    ),
    claims=("DB-POOL",),
    needs=(Role.APP, Role.LB, Role.POOL, Role.DB),
    profile=Profile.FULL,
)
