from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.checks.spread import Spread
from harness.drill import Drill, Load, baseline, warm_up

DRILL = Drill(
    title="The stated load, and nothing goes wrong",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(3), baseline(20)),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        Spread(phase="baseline"),
        NoWriteLost(),
    ),
    claims=("PERF-SLO",),
)
