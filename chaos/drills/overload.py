from chaos.faults.slow import Slow
from chaos.one_instance import few_connections
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.relieved import Relieved
from harness.checks.sheds import Sheds
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

# Two connections, each of them busy for so long with a query, are what there is too little of on any machine. They hold
# about 90 requests a second of these clients.
DRILL = Drill(
    title="More comes than can be served, by half or more: the rest is refused at once, and it ends with the load",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(
        warm_up(4),
        baseline(6),
        fault(
            Slow(Hop.APP_POOL, latency_ms=40),
            4,
            then=(Phase(name="overload", seconds=12, times=5), Phase(name="relief", seconds=14)),
        ),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "overload")),
        slo("http.errors < 1%", during="baseline"),
        Sheds(least_times=2.1),
        Relieved(within=10),
        NoWriteLost(),
    ),
    claims=("RES-OVERLOAD",),
    on=few_connections,
    needs=(Role.APP, Role.LB, Role.POOL),
    profile=Profile.FULL,
    # Where more than half is refused, what becomes of it when the load falls is still to be seen.
    abort=Abort(seconds=30),
)
