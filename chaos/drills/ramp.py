from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, ramp, warm_up

DRILL = Drill(
    title="The rate rises from a tenth of the stated load to all of it: the SLO holds on the way, and then",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(2), ramp(20, begin=0.1), baseline(4)),
    expect=(
        slo("http.p95 < 1s", during=("ramp", "baseline")),
        slo("http.errors < 1%", during=("ramp", "baseline")),
        NoWriteLost(),
    ),
    claims=("PERF-SLO",),
    profile=Profile.FULL,
)
