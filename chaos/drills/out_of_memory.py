from chaos.faults.out_of_memory import OutOfMemory
from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.returned import Returned
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="The kernel kills one instance for its memory, and its restart policy brings it back",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(warm_up(3), baseline(8), fault(OutOfMemory(Role.APP, one), 15), recovery(8)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Detected(by="lb", within=2),
        Returned(by="lb", within=15),
        Recovered(within=5),
        NoWriteLost(),
    ),
    needs=(Role.APP, Role.LB),
    profile=Profile.STANDARD,
)
