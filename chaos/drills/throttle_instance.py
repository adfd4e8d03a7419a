from chaos.faults.throttle import Throttle
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One of three instances hardly gets any CPU under load, and gets less to do",
    loads=(Load(scenario="browse", rate=80),),
    timeline=(warm_up(3), baseline(8), fault(Throttle(Role.APP, one, cpus=0.02), 12), recovery(8)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        # One in three of its answers would take seconds; as long as it gets none, nobody notices.
        slo("http.p95 < 400ms", during="fault"),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 2%", during="fault"),
        Recovered(within=8),
        NoWriteLost(),
    ),
    needs=(Role.APP, Role.LB),
    profile=Profile.STANDARD,
)
