from chaos.faults.partition import Partition
from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One instance is cut off from its database, and the others serve for it",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(warm_up(2), baseline(5), fault(Partition(Role.APP, one, from_=Role.POOL), 7), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Detected(by="lb", within=4),
        Recovered(within=10),
        NoWriteLost(),
    ),
    claims=("OBS-HEALTH",),
    needs=(Role.APP, Role.LB, Role.POOL),
    profile=Profile.STANDARD,
)
