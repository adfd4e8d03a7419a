from chaos.faults.drop import Drop
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Redis drops under load and comes back empty",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(3), baseline(7), fault(Drop(Role.CACHE), 8), recovery(7)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 2%", during="fault"),
        Recovered(within=10),
        NoWriteLost(),
    ),
    claims=("RES-REDIS", "PERF-CACHE"),
    needs=(Role.CACHE,),
)
