from chaos.faults.slow import Slow
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

DRILL = Drill(
    title="Each answer of Postgres is late under load: every instance is slow, and none calls itself gone",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(warm_up(2), baseline(4), fault(Slow(Hop.POOL_DB, latency_ms=300, jitter_ms=100), 7), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        # PgBouncer opens connections while it is slow, and a login is several answers.
        slo("http.longest < 8s", during="fault"),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Recovered(within=5),
        NoWriteLost(),
    ),
    needs=(Role.DB, Role.POOL),
    profile=Profile.STANDARD,
)
