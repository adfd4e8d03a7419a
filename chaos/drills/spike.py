from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, recovery, warm_up

DRILL = Drill(
    title="Four times the clients for some seconds: each is served in time, and so are those who come after",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(2), baseline(5), Phase(name="burst", seconds=8, times=4), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "burst", "recovery")),
        slo("http.errors < 1%", during=("baseline", "burst", "recovery")),
        NoWriteLost(),
    ),
    claims=("PERF-SLO",),
    profile=Profile.FULL,
)
