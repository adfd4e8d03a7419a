from chaos.faults.pause import Pause
from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One of three instances is frozen under load",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(2), baseline(5), fault(Pause(Role.APP, one), 8), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Detected(by="lb", within=4),
        Recovered(within=8),
        NoWriteLost(),
    ),
    claims=("RES-KILL", "INF-LB"),
    needs=(Role.APP, Role.LB),
    profile=Profile.STANDARD,
)
