from chaos.faults.cut import Cut
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

DRILL = Drill(
    title="Every connection to Postgres breaks in the middle of an answer, that of its login included",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(warm_up(2), baseline(4), fault(Cut(Hop.POOL_DB, after_bytes=200), 6), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        slo("http.longest < 8s", during=("fault", "recovery")),
        Recovered(within=5),
        NoWriteLost(),
    ),
    needs=(Role.DB, Role.POOL),
    profile=Profile.FULL,
)
