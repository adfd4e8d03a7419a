"""Most of PgBouncer's server connections are busy with reports that take long: the others serve everybody else."""

from chaos.faults.slow_queries import SlowQueries
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.pool_bounds import PoolBounds
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="20 of PgBouncer's 25 server connections are busy with slow queries, and the rest serve",
    loads=(Load(scenario="browse", rate=25),),
    timeline=(
        warm_up(2),
        baseline(4),
        # PgBouncer opens three connections a second: a pool that is too large shows when it has had time for them.
        Phase(name="fault", seconds=8, fault=SlowQueries(clients=20, seconds=60), least_s=8),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 2%", during="fault"),
        Recovered(within=6),
        PoolBounds(servers=30, connections=40, clients=45),
        BackAtBaseline(role="db", metrics=("active", "idle_in_transaction"), margin=3),
        BackAtBaseline(role="pool", metrics=("clients", "clients_waiting"), margin=6),
        NoWriteLost(),
    ),
    claims=("DB-POOL",),
    needs=(Role.APP, Role.LB, Role.POOL, Role.DB),
    profile=Profile.FULL,
)
