from chaos.faults.slow import Slow
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

DRILL = Drill(
    title="Redis answers late under load, but answers",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(warm_up(2), baseline(4), fault(Slow(Hop.APP_CACHE, latency_ms=100, jitter_ms=30), 7), recovery(4)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        Recovered(within=5),
        NoWriteLost(),
    ),
    claims=("RES-REDIS",),
    needs=(Role.CACHE,),
    profile=Profile.FULL,
)
