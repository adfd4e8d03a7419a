from chaos.faults.kill import Kill
from harness.checks.detected import Detected
from harness.checks.error_budget import ErrorBudget
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One of three instances is killed under load",
    loads=(Load(scenario="browse", rate=60),),
    timeline=(warm_up(3), baseline(10), fault(Kill(Role.APP, one), 10), recovery(10)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        # Over the whole of it: a kill may not cost more than an objective of 99 % leaves.
        ErrorBudget(objective=99, most_rate=1),
        Detected(by="lb", within=2),
        Recovered(within=10),
        NoWriteLost(),
    ),
    claims=("RES-KILL", "INF-LB"),
    needs=(Role.APP, Role.LB),
)
