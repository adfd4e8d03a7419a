from chaos.faults.hang import Hang
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

DRILL = Drill(
    title="Redis hangs under load: it accepts, and answers nothing",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(warm_up(2), baseline(4), fault(Hang(Hop.APP_CACHE), 7), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        # Whoever finds out that it hangs waits for the cache's time-out; the others must not.
        slo("http.p90 < 300ms", during="fault"),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 2%", during="fault"),
        Recovered(within=5),
        NoWriteLost(),
    ),
    claims=("RES-REDIS",),
    needs=(Role.CACHE,),
    profile=Profile.STANDARD,
)
